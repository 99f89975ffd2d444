"""Plays the whole demonstration and draws the balance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from cloudflow_cli.demo import story
from cloudflow_cli.demo.figures import class_rows, percentile, run_row, seconds_per_file
from cloudflow_cli.demo.listening import Receiver
from cloudflow_cli.demo.manifest import Manifest
from cloudflow_cli.demo.money import (
    Money,
    begin_billing,
    begin_training,
    end_billing,
    end_training,
    recommend,
    settle,
    strike,
)
from cloudflow_cli.demo.news import News, begin_alert, end_alert, news_of, prove
from cloudflow_cli.demo.past import bill_past_days
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
LEAST_CLASSES = 6
"""So many files change their class for show, and more where the policy moves few."""
NEWEST = 40
"""Mails that may have come behind the one that tells of a refusal."""
EVENT_TOPICS = ("file-events", "migration-events", "email-notifications")
"""What a demonstration must raise at the least; the other topics belong to features of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What the event bus and the mail catcher hold."""

    events: Mapping[str, int]
    mails: int
    newest_titles: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What the acts came to."""

    outcomes: Sequence[Outcome]
    totals: tuple[Sequence[TierTotal], Sequence[TierTotal]]
    """Before the moves, and behind them."""
    money: Money
    audit: Mapping[str, Any]
    news: News


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
    with Receiver() as receiver, ThreadPoolExecutor(1) as aside:
        played = _act(stage, first.mails, receiver, aside)
    last = _witness(stage)
    problems = (
        *_unwanted(played.outcomes),
        *_too_little(played, first, last),
        *_audit_problems(played.audit),
        *played.money.problems,
        *played.news.problems,
    )
    return _balance(stage, manifest, played, witnessed=(first, last), problems=problems)


def _act(stage: Stage, mails: int, receiver: Receiver, aside: ThreadPoolExecutor) -> Played:
    """Move files on every route, and those that the recommendations name; whatever can go on side by side does."""
    training, since = begin_training(stage), stage.services.clock()
    story.classify(stage)
    before = _totals(stage)
    alert = begin_alert(stage, receiver)
    past = aside.submit(bill_past_days, stage.services)
    between = story.begin_between(stage)
    champion = end_training(stage, training)
    deal = strike(stage, recommend(stage, since, is_new=training is not None), champion)
    classes = story.begin_classes(stage, between, max(LEAST_CLASSES, LEAST_IN_PLACE - deal.run.files))
    outcomes = story.end_moves(stage, {**between, **classes})
    money = settle(stage, deal)
    billing = begin_billing(stage)
    past.result()
    end_alert(stage, alert)
    wait_for_outbox(stage.catalog)
    wait_for_mails(stage.world.ports.mail, mails + len(outcomes))
    proofs = aside.submit(prove, stage, alert, receiver)
    audit = story.run_audit(stage)
    news = news_of(stage, alert, proofs.result(), money)
    end_billing(stage, billing)
    return Played(outcomes=outcomes, totals=(before, _totals(stage)), money=money, audit=audit, news=news)


def _witness(stage: Stage) -> Witnessed:
    from cloudflow_lib.bootstrap import settings

    port = stage.world.ports.mail
    return Witnessed(
        events=count_events(settings().kafka),
        mails=count_mails(port),
        newest_titles=newest_mail_titles(port, limit=NEWEST + 2 * len(ROUTES)),
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


def _too_little(played: Played, first: Witnessed, last: Witnessed) -> list[str]:
    outcomes = played.outcomes
    done = [migration for outcome in outcomes for migration in outcome.migrations if migration.state == "done"]
    changed = sum(migration.stays_in_place for migration in done)
    between, in_place = len(done) - changed, changed + played.money.applied
    problems = []
    if between < LEAST_BETWEEN_CLOUDS or in_place < LEAST_IN_PLACE:
        problems.append(
            f"{between} files went between clouds and {in_place} changed class in place: "
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
    played: Played,
    *,
    witnessed: tuple[Witnessed, Witnessed],
    problems: tuple[str, ...],
) -> DemoReport:
    first, last = witnessed
    runs = [run_row(outcome) for outcome in played.outcomes]
    seconds = seconds_per_file(migration for outcome in played.outcomes for migration in outcome.migrations)
    return DemoReport(
        is_good=not problems,
        problems=problems,
        files=len(manifest.entries),
        size_bytes=manifest.size_bytes,
        classes=class_rows(*played.totals),
        runs=runs,
        done=sum(row.done for row in runs),
        failed=sum(row.failed for row in runs),
        p50_seconds=percentile(seconds, 50),
        p95_seconds=percentile(seconds, 95),
        events=last.events,
        new_events={topic: count - first.events[topic] for topic, count in last.events.items()},
        mails=last.mails,
        new_mails=last.mails - first.mails,
        audit=played.audit,
        money=played.money,
        news=played.news.rows,
        step_seconds=stage.steps.seconds,
        seconds=round(stage.steps.elapsed, 1),
        urls=urls(stage.world),
        logins=stage.world.secrets.airflow_users,
    )
