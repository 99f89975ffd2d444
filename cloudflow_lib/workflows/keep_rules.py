"""Make, change and try rules."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

from cloudflow_lib.domain.alert_preview import Preview, preview
from cloudflow_lib.domain.alert_rules import PLATFORM, Rule, Signal, Silence
from cloudflow_lib.domain.alerts import BASELINE
from cloudflow_lib.errors import NotAllowedError, NotFoundError, UnsupportedError
from cloudflow_lib.workflows.call_webhooks import SEALED_AS, allowed_address
from cloudflow_lib.workflows.evaluate_alerts import resolve_orphans
from cloudflow_lib.workflows.read_costs import past_costs, reads_days
from cloudflow_lib.workflows.services import Services

PREVIEWED = timedelta(days=30)
SECRET_BYTES = 32
MOST_SILENCES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRule:
    """A rule as it was kept; the secret of its webhook is told this once."""

    rule: Rule
    new_secret: str | None = None


def make_rule(user: str, wanted: Mapping[str, Any], services: Services) -> KeptRule:
    """
    Keep a new rule of *user*, given as fields of `Rule`.

    Raises:
        WrongInputError: It contradicts itself, or its webhook leads into our own network.
        NotAllowedError: It watches what is not the user's.
    """
    return _keep(Rule(rule_id=uuid4().hex, owner=user, **wanted), None, services)


def change_rule(before: Rule, wanted: Mapping[str, Any], services: Services) -> KeptRule:
    """
    Change a rule as it was read; what *wanted* does not name stays as it is. Its alerts are judged anew.

    Raises:
        LostRaceError: Somebody changed it since it was read.
    """
    return _keep(replace(before, **wanted), before, services)


def _keep(rule: Rule, before: Rule | None, services: Services) -> KeptRule:
    if rule.owner not in services.admins:
        if rule.signal in PLATFORM:
            raise NotAllowedError("only an administrator may watch the platform itself")
        if rule.of_user not in (None, rule.owner):
            raise NotAllowedError("only an administrator may watch what belongs to others")
    secret = None
    if rule.webhook_url and (before is None or rule.webhook_url != before.webhook_url):
        allowed_address(rule.webhook_url, services)
        if services.keyring is None:
            raise UnsupportedError("this process keeps no secrets, and a webhook needs one")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        sealed = services.keyring.seal({SEALED_AS: secret}, bound_to=rule.rule_id)
        rule = replace(rule, webhook_secret=sealed)
    services.catalog.save_rule(rule)
    if before is not None and _is_judged_otherwise(before, rule):
        resolve_orphans(rule, services)
    return KeptRule(rule=services.catalog.rule(rule.rule_id), new_secret=secret)


def _is_judged_otherwise(before: Rule, after: Rule) -> bool:
    """Return whether an open alert of the old rule may be none of the new one."""
    names = ("signal", "comparison", "of_user", "location_id", "prefix", "is_enabled")
    return any(getattr(before, name) != getattr(after, name) for name in names)


def _scope(rule: Rule) -> str | None:
    """Return the one scope of the readings that *rule* watches, None where there may be several."""
    return None if rule.signal is Signal.ACCESS_ANOMALY else rule.scope or None


def silence_rule(rule_id: str, user: str, silence: Silence, services: Services) -> Rule:
    """Let the rule say nothing for a while; silences that are over are forgotten."""
    rule, now = visible_rule(rule_id, user, services), services.clock()
    running = [one for one in rule.silences if one.ends_at > now][-MOST_SILENCES + 1 :]
    services.catalog.save_rule(replace(rule, silences=(*running, silence)))
    return services.catalog.rule(rule_id)


def delete_rule(rule_id: str, user: str, services: Services) -> None:
    """Forget a rule; its open alerts end."""
    rule = visible_rule(rule_id, user, services)
    resolve_orphans(rule, services)
    services.catalog.delete_rule(rule_id)


def visible_rule(rule_id: str, user: str, services: Services) -> Rule:
    """Return the rule if it is there for *user*, or raise NotFoundError."""
    rule = services.catalog.rule(rule_id)
    if not services.may_touch(user, rule.owner):
        raise NotFoundError(f"there is no rule {rule_id!r}")
    return rule


def try_rule(user: str, wanted: Mapping[str, Any], services: Services) -> Preview:
    """Return what a rule with these fields would have fired on in the last 30 days, as its readings tell."""
    rule = Rule(rule_id="preview", owner=user, **wanted)
    sees_all = user in services.admins
    since = services.clock() - PREVIEWED
    kept = (
        list(past_costs(rule, since - BASELINE, services))
        if reads_days(rule)
        else services.catalog.readings(rule.signal, since - BASELINE, user=rule.of_user, scope=_scope(rule))
    )
    return preview(rule, [one for one in kept if rule.watches(one, sees_all=sees_all)], since)
