"""A campaign through Airflow: started, paused and carried on from the command line, and seen in every place."""

import json
import os
from datetime import UTC, datetime, timedelta

from cloudflow_lib.adapters.publishers.kafka_tail import tail
from cloudflow_lib.domain.campaigns import CampaignState
from cloudflow_lib.domain.events import FileMoved
from cloudflow_lib.domain.topics import Topic

COUNT = 120


def moved(stack, ids):
    kafka = stack.settings.kafka
    stack.cli("relay", "--once")
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    events = tail(kafka.bootstrap_servers, kafka.options, topics=[Topic.FILES], since=an_hour_ago, follow=False)
    return sorted(event.subject for event in events if isinstance(event, FileMoved) and event.subject in ids)


def test_a_campaign_moves_many_files_and_says_so_everywhere(stack, places, put_files, mailbox):
    contents = {f"{number:03}.bin": os.urandom(500 + number) for number in range(COUNT)}
    files = put_files(places["s3"], contents)
    folder = files["000.bin"].key.removesuffix("000.bin")
    words = ("campaigns", "start", f"{places['s3'].name}/{folder}", f"{places['gcs'].name}/moved/", "--json")

    preview = json.loads(stack.cli(*words, "--dry-run", "--exclude", "*/00?.bin").stdout)
    told = json.loads(stack.cli(*words, "--quarantine-days", "0").stdout)

    assert COUNT - 10 == preview["would_move"]["files"]
    assert "success" == told["state"]
    assert sorted(f"moved/{file.key}" for file in files.values()) == places["gcs"].bucket.keys(f"moved/{folder}")
    assert [] == places["s3"].bucket.keys(folder)
    for name, file in files.items():
        assert contents[name] == places["gcs"].bucket.get(f"moved/{file.key}")
    ids = {file.file_id for file in files.values()}
    assert sorted(ids) == moved(stack, ids)
    assert 1 == len(mailbox.wait_for(f"/runs/{told['run_id']}"))
    shown = json.loads(stack.cli("campaigns", "--json").stdout)
    mine = next(one for one in shown if one["campaign"]["campaign_id"] == told["campaign_id"])
    assert ("done", COUNT) == (mine["campaign"]["state"], mine["progress"]["moved"]["files"])


def test_a_paused_campaign_waits_until_it_is_resumed(stack, places, put_files):
    files = put_files(places["s3"], {"a.txt": b"A", "b.txt": b"B"})
    folder = files["a.txt"].key.removesuffix("a.txt")
    campaign = plan_and_pause(stack, places, folder)

    assert [] == places["azure"].bucket.keys(folder)
    told = json.loads(stack.cli("campaigns", "resume", campaign, "--json").stdout)

    assert "success" == told["state"]
    assert sorted(file.key for file in files.values()) == places["azure"].bucket.keys(folder)
    assert CampaignState.DONE is stack.services.catalog.campaign(campaign).state


def plan_and_pause(stack, places, folder):
    from cloudflow_lib.workflows.open_campaign import open_campaign

    wish = {"source_location": places["s3"].name, "prefix": folder, "destination_location": places["azure"].name}
    campaign = open_campaign(f"planned-{folder}", "admin", wish, stack.services)
    answer = stack.cli("campaigns", "pause", campaign.campaign_id)
    assert "paused" in answer.stdout
    return campaign.campaign_id
