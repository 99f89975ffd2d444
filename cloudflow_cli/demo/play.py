"""Plays the whole demonstration and draws the balance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cloudflow_cli.demo import story
from cloudflow_cli.demo.figures import class_rows, percentile, run_row, seconds_per_file
from cloudflow_cli.demo.manifest import Manifest
from cloudflow_cli.demo.report import DemoReport, urls
from cloudflow_cli.demo.routes import ROUTES
from cloudflow_cli.demo.runs import Airflow, Outcome
from cloudflow_cli.demo.steps import Steps
from cloudflow_cli.demo.story import Stage
from cloudflow_cli.demo.witnesses import count_events, count_mails, newest_mail_titles, wait_for_mails, wait_for_outbox
from cloudflow_cli.demo.world import World
from cloudflow_lib.ports.catalogs import TierTotal

LEAST_BETWEEN_CLOUDS = 30
LEAST_IN_PLACE = 30
EVENT_TOPICS = ("file-events", "migration-events", "email-notifications")
"""What a demonstration must raise at the least; the other topics belong to features of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What the event bus and the mail catcher hold."""

    events: Mapping[str, int]
    mails: int
    newest_titles: Sequence[str]


def play(world: World, steps: Steps) -> DemoReport:
    """Do everything on the running stack and return what came of it."""
    from cloudflow_lib.bootstrap import build_keyring, services, settings

    config = settings()
    stage = Stage(
        world=world,
        services=services(),
        keyring=build_keyring(config),
        airflow=Airflow(world, config.airflow),
        steps=steps,
    )
    first = _witness(stage)
    manifest = story.choose_files(stage)
    doors = story.open_places(stage)
    story.write_history(stage, manifest)
    story.upload(stage, manifest, doors)
    story.learn(stage, manifest)
    before = _totals(stage)
    outcomes = story.migrate(stage)
    wait_for_outbox(stage.catalog)
    wait_for_mails(world.ports.mail, first.mails + len(outcomes))
    after = _totals(stage)
    found = story.run_audit(stage)
    last = _witness(stage)
    problems = (*_unwanted(outcomes), *_too_little(outcomes, first, last), *_audit_problems(found))
    return _balance(
        stage, manifest, outcomes, witnessed=(first, last), totals=(before, after), audit=found, problems=problems
    )


def _witness(stage: Stage) -> Witnessed:
    from cloudflow_lib.bootstrap import settings

    port = stage.world.ports.mail
    return Witnessed(
        events=count_events(settings().kafka),
        mails=count_mails(port),
        newest_titles=newest_mail_titles(port, limit=2 * len(ROUTES)),
    )


def _totals(stage: Stage) -> list[TierTotal]:
    """Return what lies in the places of the demonstration; other locations are not its business."""
    return [total for total in stage.catalog.totals() if total.location_id in stage.world.places()]


def _unwanted(outcomes: Sequence[Outcome]) -> list[str]:
    problems = []
    for outcome in outcomes:
        if not outcome.is_as_wanted:
            errors = [migration.error for migration in outcome.migrations if migration.error]
            reason = outcome.refusal or "; ".join(errors[:3]) or "look at it in Airflow"
            problems.append(f"{outcome.run.route.title}: the run {outcome.run_id} ended {outcome.state}: {reason}")
    return problems


def _too_little(outcomes: Sequence[Outcome], first: Witnessed, last: Witnessed) -> list[str]:
    done = [migration for outcome in outcomes for migration in outcome.migrations if migration.state == "done"]
    in_place = sum(migration.stays_in_place for migration in done)
    problems = []
    if len(done) - in_place < LEAST_BETWEEN_CLOUDS or in_place < LEAST_IN_PLACE:
        problems.append(
            f"{len(done) - in_place} files went between clouds and {in_place} changed class in place: "
            f"at least {LEAST_BETWEEN_CLOUDS} and {LEAST_IN_PLACE} were wanted"
        )
    problems += [f"Kafka has no event on {topic}" for topic in EVENT_TOPICS if not last.events[topic]]
    if last.mails - first.mails < len(outcomes):
        problems.append(f"{last.mails - first.mails} mails came, {len(outcomes)} runs should have sent one each")
    if not any("refused" in title.lower() for title in last.newest_titles):
        problems.append("no mail tells the team that its request was refused")
    return problems


def _audit_problems(found: Mapping[str, Any]) -> list[str]:
    return [f"audit: {one['where']} {one['fault']}: {one['what']}" for one in found["findings"][:10]]


def _balance(
    stage: Stage,
    manifest: Manifest,
    outcomes: Sequence[Outcome],
    *,
    witnessed: tuple[Witnessed, Witnessed],
    totals: tuple[Sequence[TierTotal], Sequence[TierTotal]],
    audit: Mapping[str, Any],
    problems: tuple[str, ...],
) -> DemoReport:
    first, last = witnessed
    runs = [run_row(outcome) for outcome in outcomes]
    seconds = seconds_per_file(migration for outcome in outcomes for migration in outcome.migrations)
    return DemoReport(
        is_good=not problems,
        problems=problems,
        files=len(manifest.entries),
        size_bytes=manifest.size_bytes,
        classes=class_rows(*totals),
        runs=runs,
        done=sum(row.done for row in runs),
        failed=sum(row.failed for row in runs),
        p50_seconds=percentile(seconds, 50),
        p95_seconds=percentile(seconds, 95),
        events=last.events,
        new_events={topic: count - first.events[topic] for topic, count in last.events.items()},
        mails=last.mails,
        new_mails=last.mails - first.mails,
        audit=audit,
        step_seconds=stage.steps.seconds,
        seconds=round(stage.steps.elapsed, 1),
        urls=urls(stage.world),
        logins=stage.world.secrets.airflow_users,
    )
