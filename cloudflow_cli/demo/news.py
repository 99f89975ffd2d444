"""Nobody is surprised: an alert from its beginning to its end, what was told where, and where to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cloudflow_cli.demo.bill import Compared, reconcile_a_bill
from cloudflow_cli.demo.front_door import FrontDoor
from cloudflow_cli.demo.listening import Listening, Receiver, Told
from cloudflow_cli.demo.own_dag import NAME, times_woken
from cloudflow_cli.demo.placing import S3
from cloudflow_cli.demo.proofs import bury_one, replay_bell
from cloudflow_cli.demo.routes import ADMIN
from cloudflow_cli.demo.witnesses import count_events
from cloudflow_cli.demo.world import TEAM
from cloudflow_lib.domain.alert_rules import Channel, Rule, Signal

if TYPE_CHECKING:
    from cloudflow_cli.demo.money import Money
    from cloudflow_cli.demo.story import Stage

RULE = "Demonstration: a disk is used at all, "
"""And the time: what is told of it is told apart from what was told before."""
A_DAY = timedelta(hours=26)
"""And more than the wait for the next digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsRow:
    """One thing that people are told, what came of it, and where to look."""

    what: str
    result: str
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What was told, and what was not."""

    rows: Sequence[NewsRow]
    problems: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """What came of those beside the story."""

    told: Told
    buried: int
    replayed: tuple[int, int, int]
    """Events, lines of the bell, and lines that came out differently."""
    bill: Compared


def begin_alert(stage: Stage, receiver: Receiver) -> Rule:
    """Watch what is always too high, tell it everywhere, and return the rule."""
    from cloudflow_lib.workflows.evaluate_alerts import evaluate_alerts
    from cloudflow_lib.workflows.keep_rules import delete_rule, make_rule

    with stage.steps.step("An alert that is told in the bell, by mail, to a webhook and on Kafka") as step:
        for left in stage.catalog.rules(ADMIN):
            if left.name.startswith(RULE):
                delete_rule(left.rule_id, ADMIN, stage.services)
        name = f"{RULE}{stage.services.clock():%H:%M:%S}"
        watched = {"name": name, "signal": Signal.DISK_PERCENT, "threshold": 0.0}
        told = {"channels": frozenset(Channel), "webhook_url": receiver.url}
        kept = make_rule(ADMIN, watched | told, stage.services)
        receiver.secret, rule = kept.new_secret or "", kept.rule
        evaluate_alerts(stage.services)
        step.result = f"{len(stage.catalog.open_alerts(rule.rule_id))} fire"
    return rule


def end_alert(stage: Stage, rule: Rule) -> None:
    """Allow what is there: the alert is over. The rule stays, for who looks at it, until the next demonstration."""
    from cloudflow_lib.workflows.evaluate_alerts import evaluate_alerts
    from cloudflow_lib.workflows.keep_rules import change_rule

    change_rule(stage.catalog.rule(rule.rule_id), {"threshold": 100.0}, stage.services)
    evaluate_alerts(stage.services)


def prove(stage: Stage, rule: Rule, receiver: Receiver) -> Proofs:
    """Collect what people were told, and make the proofs beside the story; says nothing on the screen."""
    bill = reconcile_a_bill(S3, stage.world.folder / "bill-focus.csv", stage.services)
    buried = bury_one(stage)
    told = Listening(
        rule=rule.name, user=ADMIN, receiver=receiver, catalog=stage.catalog, mail_port=stage.world.ports.mail
    ).wait()
    replayed = replay_bell(stage, ADMIN, stage.services.clock().replace(minute=0, second=0, microsecond=0))
    return Proofs(told=told, buried=buried, replayed=replayed, bill=bill)


def news_of(stage: Stage, rule: Rule, proofs: Proofs, money: Money) -> News:
    """Return a row for each thing that people are told of."""
    events, lines, differing = proofs.replayed
    problems = [*proofs.told.missing(rule.name), *proofs.bill.problems]
    if differing or not lines:
        problems.append(f"{events:,} events read again gave {lines} lines of the bell, {differing} of them another")
    if not proofs.buried:
        problems.append("what nobody could read did not become a dead letter")
    with FrontDoor(stage) as door:
        rows = [*_told(stage, door, proofs), *_counted(door, proofs, money), *_published(stage)]
    return News(rows=rows, problems=problems)


def _told(stage: Stage, door: FrontDoor, proofs: Proofs) -> Sequence[NewsRow]:
    """Return what reached people."""
    wishes = stage.catalog.due_wishes(TEAM, stage.services.clock() + A_DAY)
    found = (
        ("bell", f"{door.get('notifications')['unread']:,} unread lines", "above right on each page"),
        ("mail", f"{len(proofs.told.mails)} about the alert, one for each run", door.mails),
        (
            "digest",
            f"{sum(wish.is_digest for wish in wishes):,} lines wait for {TEAM}'s next one",
            "/settings/notifications",
        ),
        ("alert", f"fired and is over: {len(proofs.told.bell)} lines in the bell", "/alerts"),
        ("webhook", f"{len(proofs.told.calls)} calls, each signed", "/alerts/rules"),
    )
    return [NewsRow(what=what, result=result, where=where) for what, result, where in found]


def _counted(door: FrontDoor, proofs: Proofs, money: Money) -> Sequence[NewsRow]:
    """Return what was counted, decided and kept."""
    moves, forecast = door.get("performance", window="1h")["migrations"], door.get("costs/forecast")
    budget, (events, lines, _) = door.budget(), proofs.replayed
    spent = f"${budget['expected_usd']:,.2f} of ${budget['limit_usd']:,.2f} expected this month"
    asked = f"asked about {money.asked:,} files, heard yes" if money.asked else "had nothing to ask"
    found = (
        ("performance", f"{moves['done']:,} moves within the hour", "/performance; Grafana: deployment/monitoring"),
        ("costs", _forecast(forecast), "/costs; the DAG snapshot_costs"),
        ("budget", spent, "/costs"),
        (
            "recommendations",
            f"{money.applied:,} applied, {money.left:,} open",
            "/recommendations; the DAG recommend_moves",
        ),
        ("policy", asked, "/settings/rules; the DAG apply_policy"),
        ("model", money.champion, "MLflow, cloudflow-tiers: a candidate's artifacts"),
        ("data checks", f"{_checked():,} batches in the Data Docs", "/settings/schedules"),
        (
            "bill of a provider",
            f"made up with too many reads: {proofs.bill.result}",
            f"cloudflow costs import {proofs.bill.path}",
        ),
        ("replay", f"{events:,} events again: the same {lines} lines of the bell", "cloudflow consume --since 1h"),
        ("dead letter", f"{proofs.buried} with its reason", "cloudflow dead-letters"),
    )
    return [NewsRow(what=what, result=result, where=where) for what, result, where in found]


def _checked() -> int:
    """Return how many batches Great Expectations has a page of."""
    from cloudflow_lib.bootstrap import settings

    return sum(1 for _ in (settings().learning.folder / "expectations" / "docs" / "validations").rglob("*.html"))


def _published(stage: Stage) -> Sequence[NewsRow]:
    """Return what others can build on."""
    from cloudflow_lib.bootstrap import settings

    counts = count_events(settings().kafka)
    published = f"{sum(counts.values()):,} events on {sum(map(bool, counts.values()))} topics"
    found = (
        ("for others", published, "docs/asyncapi.yaml; cloudflow events tail --since 1h"),
        ("a DAG of yours", f"was woken by alerts {times_woken(stage.airflow):,} times", f"the DAG {NAME}"),
    )
    return [NewsRow(what=what, result=result, where=where) for what, result, where in found]


def _forecast(found: dict[str, Any]) -> str:
    if found["usd"] is None:
        return f"{found['known_days']} days worked out, {found['needed_days']} are needed for a forecast"
    return f"{found['known_days']} days worked out, ${found['usd']:,.2f} forecast for the next 30"
