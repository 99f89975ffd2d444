"""Who may do what: every route, for everybody. A route without a line in the table fails."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass, field, replace

import pytest
from starlette.routing import Mount

from cloudflow_lib.adapters.secrets.keyring import FileKeyring
from cloudflow_lib.adapters.stores.memory import MemoryStore
from cloudflow_lib.domain.alert_rules import Signal
from cloudflow_lib.domain.facts import recommendation_made
from cloudflow_lib.domain.locations import Provider
from cloudflow_lib.domain.migrations import MigrationState
from cloudflow_lib.domain.policies import Policy, PolicyKind
from cloudflow_lib.settings import ApiSettings, LimitSettings, Settings
from cloudflow_lib.workflows.credentials import CredentialWish
from cloudflow_lib.workflows.evaluate_alerts import evaluate_alerts
from cloudflow_lib.workflows.keep_budgets import set_budget
from cloudflow_lib.workflows.keep_credentials import add_credential
from cloudflow_lib.workflows.keep_rules import make_rule
from cloudflow_lib.workflows.migrate_file import fail, take_steps
from cloudflow_lib.workflows.open_campaign import open_campaign
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.resumable_uploads import begin_resumable
from cloudflow_lib.workflows.upload_plan import UploadWish
from tests.api.conftest import ADMIN, OTHER, OWNER, STRANGER, VIEWER
from tests.api.places import add_file, add_place
from tests.catalog.test_recommendations import a_recommendation

CALLERS = (None, STRANGER, OTHER, VIEWER, OWNER, ADMIN)
"""In the order in which they ask: who may the least comes first."""


@dataclass(frozen=True)
class Rule:
    """What each of `CALLERS` is answered."""

    answers: tuple[int, int, int, int, int, int]
    body: object = None
    query: dict = field(default_factory=dict)


def rule(*answers, body=None, **query):
    return Rule(answers, body, query)


def anyone(body=None):
    """Nobody's account is asked for."""
    return rule(200, 200, 200, 200, 200, 200, body=body)


def signed_in(body=None, status=200, **query):
    """Every account, on its own things."""
    return rule(401, 403, status, status, status, status, body=body, **query)


def own(status=200, **query):
    """To look at: what belongs to others does not exist."""
    return rule(401, 403, 404, 404, status, status, **query)


def change(status=200, again=None, body=None, **query):
    """To change: what belongs to others does not exist; whoever may only look may not."""
    return rule(401, 403, 404, 403, status, again or status, body=body, **query)


def write(status=200, again=None, body=None, **query):
    """To make something of one's own."""
    return rule(401, 403, status, 403, status, again or status, body=body, **query)


def admins(status=200, body=None, **query):
    return rule(401, 403, 403, 403, 403, status, body=body, **query)


KEYS = {"provider": "s3", "account": "AKIA1", "secret": {"secret_access_key": "x"}}
PLACE = {"provider": "s3", "bucket": "mine", "credential_id": "mine"}
COOL = {"name": "Cool", "kind": "recommended"}
WATCH = {"name": "Much", "signal": "stored_bytes", "threshold": 0}
BUDGET = {"name": "A month", "limit_usd": 100}
COOL_TOP = {
    "owner": OWNER,
    "location_id": "main",
    "prefix": "",
    "from_class": "STANDARD",
    "to_location_id": "main",
    "to_class": "COLD",
}
WRONG = {"username": "nobody", "password": "wrong"}

PIECE = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}

RULES = {
    "GET /health": anyone(),
    "GET /metrics": admins(),
    "GET /openapi.json": signed_in(),
    "POST /auth/token": rule(*[401] * 6, body=WRONG),
    "POST /auth/refresh": rule(*[401] * 6),
    "POST /auth/logout": rule(*[204] * 6),
    "GET /files": signed_in(),
    "GET /files/count": signed_in(),
    "GET /files/{file_id}": own(),
    "GET /files/{file_id}/accesses": own(),
    "GET /files/{file_id}/content": own(),
    "GET /files/{file_id}/prices": own(),
    "POST /upload": rule(401, 403, 201, 403, 201, 409, location_id="main", name="docs/new.csv"),
    "OPTIONS /uploads": rule(*[204] * 6),
    "POST /uploads": write(422),  # without a length
    "GET /uploads/{upload_id}": rule(401, 403, 404, 403, 200, 404),  # its sender's alone
    "HEAD /uploads/{upload_id}": rule(401, 403, 404, 403, 200, 404),
    "PATCH /uploads/{upload_id}": rule(401, 403, 404, 403, 204, 404),
    "DELETE /uploads/{upload_id}": rule(401, 403, 404, 403, 204, 404),
    "GET /totals": signed_in(),
    "GET /totals/costs": signed_in(),
    "GET /users": admins(),
    "GET /users/{user}": admins(),
    "PUT /users/{user}/limits": admins(body={}),
    "POST /users/{user}/sign-out": admins(),
    "GET /me": signed_in(),
    "GET /me/preferences": signed_in(),
    "PUT /me/preferences": signed_in({}),
    "GET /me/notification-settings": signed_in(),
    "PUT /me/notification-settings": signed_in({}),
    "GET /me/mails": signed_in(),
    "POST /unsubscribe/{token}": rule(*[404] * 6),
    "GET /notifications": signed_in(),
    "POST /notifications/read": signed_in({}),
    "POST /notifications/{notification_id}/read": signed_in(),
    "GET /policies": signed_in(),
    "POST /policies": write(201, body=COOL),
    "POST /policies/preview": signed_in(COOL),
    "GET /policies/{policy_id}": own(),
    "PUT /policies/{policy_id}": change(body=COOL),
    "DELETE /policies/{policy_id}": change(204, 404),
    "POST /policies/{policy_id}/preview": own(),
    "POST /policies/{policy_id}/run": change(202),
    "GET /policies/{policy_id}/runs": own(),
    "GET /alerts": signed_in(),
    "GET /alerts/rules": signed_in(),
    "POST /alerts/rules": write(201, body=WATCH),
    "POST /alerts/rules/preview": signed_in(WATCH),
    "GET /alerts/rules/{rule_id}": own(),
    "PUT /alerts/rules/{rule_id}": change(body=WATCH),
    "DELETE /alerts/rules/{rule_id}": change(204, 404),
    "POST /alerts/rules/{rule_id}/silence": change(body={"ends_at": "2027-01-01T00:00:00Z"}),
    "GET /alerts/{alert_id}": own(),
    "POST /alerts/{alert_id}/acknowledge": change(),
    "GET /events": signed_in(status=422, since="never"),  # a stream does not end: one that is refused will do
    "GET /events/history": signed_in(**{"from": "2026-11-23T12:00:00Z"}),
    "GET /performance": signed_in(),
    "GET /costs": signed_in(),
    "GET /costs/forecast": signed_in(),
    "GET /data-checks": signed_in(),
    "GET /data-checks/pages/{path}": signed_in(status=404),  # no page was written
    "GET /costs/budgets": signed_in(),
    "POST /costs/budgets": write(201, body=BUDGET),
    "PUT /costs/budgets/{budget_id}": change(body=BUDGET),
    "DELETE /costs/budgets/{budget_id}": change(204, 404),
    "GET /performance/users": admins(),
    "GET /credentials": signed_in(),
    "POST /credentials": rule(401, 403, 201, 403, 409, 409, body={"credential_id": "new", **KEYS}),
    "POST /credentials/test": write(200, body={"credential_id": "new", "test_bucket": "b", **KEYS}),
    "GET /credentials/{credential_id}": own(),
    "PUT /credentials/{credential_id}": change(body=KEYS),
    "DELETE /credentials/{credential_id}": change(409),
    "POST /credentials/{credential_id}/test": change(body={"bucket": "b"}),
    "GET /locations": signed_in(),
    "POST /locations": rule(401, 403, 422, 403, 201, 409, body={"location_id": "new", **PLACE}),
    "GET /locations/{location_id}": own(),
    "PUT /locations/{location_id}": change(body=PLACE),
    "DELETE /locations/{location_id}": change(204, 404),
    "POST /locations/{location_id}/test": change(),
    "POST /locations/{location_id}/scan": change(202),
    "GET /migrations": signed_in(),
    "POST /migrations": change(202, 409, {"file_ids": ["{file_id}"], "tier": "cold"}),
    "GET /migrations/{migration_id}": own(),
    "POST /migrations/{migration_id}/cancel": change(),
    "POST /migrations/{migration_id}/retry": change(202, 409),
    "POST /migrations/{migration_id}/rollback": change(),
    "GET /prices": signed_in(),
    "GET /campaigns": signed_in(),
    "POST /campaigns": change(202, body={"filter": {"location_id": "main"}, "location_id": "cheap"}),
    "GET /campaigns/{campaign_id}": own(),
    "POST /campaigns/{campaign_id}/pause": change(),
    "POST /campaigns/{campaign_id}/resume": change(202),
    "POST /campaigns/{campaign_id}/cancel": change(),
    "GET /recommendations": signed_in(),
    "GET /recommendations/summary": signed_in(),
    "POST /recommendations/apply": change(202, 409, {"recommendation_ids": ["{recommendation_id}"]}),
    "POST /recommendations/dismiss": change(body={"recommendation_ids": ["{recommendation_id}"]}),
    "POST /recommendations/restore": change(body={"recommendation_ids": ["{recommendation_id}"]}),
    "GET /recommendations/{recommendation_id}": own(),
    "GET /recommendations/prefixes": signed_in(),
    "POST /recommendations/prefixes/apply": change(202, 404, COOL_TOP),
}


@pytest.fixture
def services(services, tmp_path):
    path = tmp_path / "ring.json"
    path.write_text(json.dumps({"active": "one", "keys": {"one": base64.b64encode(os.urandom(32)).decode()}}))
    path.chmod(0o600)
    return replace(
        services,
        keyring=FileKeyring(path),
        build_store=lambda location, *_: MemoryStore(location.bucket),
        resolve=lambda *_: ["93.184.215.14"],
    )


@pytest.fixture
def settings():
    return Settings(api=ApiSettings(limits=LimitSettings(login_per_user="")))


@pytest.fixture
def names(catalog, stores, services):
    """Things of the owner, by the names that paths have for them."""
    add_place(catalog, stores)
    file, moving = add_file(catalog, stores), add_file(catalog, stores, "docs/moving.csv")
    keys = CredentialWish(credential_id="mine", provider=Provider.S3, owner=OWNER, account="A", secret=KEYS["secret"])
    add_credential(keys, services)
    add_place(
        catalog, stores, "place", owner=OWNER, owners={}, credential_id="mine", provider=Provider.S3, bucket="mine"
    )
    add_place(catalog, stores, "cheap", owners={"": OWNER}, credential_id="others")
    wish = {"file_ids": [moving.file_id], "destination_location": "cheap"}
    [migration] = open_migrations("run", OWNER, wish, services)
    wish = {"source_location": "main", "destination_location": "cheap"}
    campaign = open_campaign("campaign__1", OWNER, wish, services)
    advice = a_recommendation(file.file_id, owner=OWNER, source=replace(a_recommendation().source, location_id="main"))
    advice = replace(advice, destination=replace(advice.destination, location_id="main", storage_class="COLD"))
    catalog.make_recommendations([(advice, recommendation_made(advice))])
    catalog.save_policy(Policy(policy_id="p1", owner=OWNER, name="Cool", kind=PolicyKind.RECOMMENDED))
    watch = {"name": "Much", "signal": Signal.STORED_BYTES, "threshold": 0.0}
    watching = make_rule(OWNER, watch, services).rule
    budget = set_budget(OWNER, {"name": "A month", "limit": 100.0, "threshold": 100.0}, services)
    evaluate_alerts(services)
    [alert] = catalog.open_alerts(watching.rule_id)
    return {
        "policy_id": "p1",
        "rule_id": watching.rule_id,
        "budget_id": budget.rule.rule_id,
        "alert_id": alert.alert_id,
        "campaign_id": campaign.campaign_id,
        "file_id": file.file_id,
        "location_id": "place",
        "credential_id": "mine",
        "migration_id": migration.migration_id,
        "recommendation_id": advice.recommendation_id,
        "notification_id": "n1",
        "user": OTHER,
        "token": "no-such-token",
        "path": "validations/day.html",
        "upload_id": begin_resumable(
            UploadWish(user=OWNER, location_id="main", name="docs/piece"), 1, services
        ).upload_id,
    }


@pytest.fixture
def prepare(names, services):
    """Bring the migration to where the route makes sense."""

    def act(route):
        if route.endswith("/retry"):
            fail(names["migration_id"], "no", services)
        if route.endswith("/rollback"):
            take_steps(names["migration_id"], MigrationState.DONE, services)

    return act


def routes(app):
    from cloudflow_plugin.api.openapi import describe

    ours = next(route.app for route in app.routes if isinstance(route, Mount))
    paths = describe(ours)["paths"]
    return {f"{method.upper()} {path.removeprefix('/api/v1')}" for path, found in paths.items() for method in found}


def test_every_route_has_its_rule_and_every_rule_its_route(app):
    assert set(RULES) == routes(app)


@pytest.mark.parametrize("route", RULES)
def test_everybody_gets_what_the_table_says(route, sign_in, names, prepare):
    prepare(route)
    method, path = route.split(" ")
    said = RULES[route]
    text = json.dumps(said.body)
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    body = json.loads(text)

    def ask(caller):
        options = {"json": body} if body is not None else {"content": b"x"} if path == "/upload" else {}
        if path.startswith("/uploads"):
            options = {"content": b"x" if method == "PATCH" else b"", "headers": PIECE}
        answer = sign_in(caller).request(method, path.format(**names), params=said.query, **options)
        is_problem = answer.headers.get("content-type") == "application/problem+json"
        assert is_problem == (answer.status_code >= 400)
        return answer.status_code

    assert dict(zip(CALLERS, said.answers, strict=True)) == {caller: ask(caller) for caller in CALLERS}


@pytest.mark.parametrize(
    "path", ["/files", "/totals", "/migrations", "/campaigns", "/recommendations", "/credentials", "/locations"]
)
def test_no_list_tells_of_other_peoples_things(path, sign_in, names):
    told = {caller: sign_in(caller).get(path).text for caller in (OTHER, VIEWER, OWNER, ADMIN)}
    things = [
        names["file_id"],
        names["migration_id"],
        names["campaign_id"],
        names["recommendation_id"],
        '"mine"',
        "place",
        "docs/",
    ]

    assert not any(thing in told[caller] for thing in things for caller in (OTHER, VIEWER))
    assert path == "/totals" or any(thing in told[OWNER] and thing in told[ADMIN] for thing in things)
