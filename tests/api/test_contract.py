"""The API keeps to its own description, whatever is sent: requests drawn from it, each as several callers."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.generation.modes import GenerationMode
from starlette.routing import Mount
from starlette.testclient import TestClient

from cloudflow_lib.settings import ApiSettings, LimitSettings, Settings
from tests.api.conftest import ADMIN, OTHER, OWNER

from .test_authorisation import names, services  # noqa: F401 - fixtures

MOUNTED_AT = "/cloudflow"
CASES = int(os.environ.get("CLOUDFLOW_CONTRACT_CASES", "3"))
"""For each operation, caller and way to send it (well-formed or not): 30 are more than 10,000 requests."""
ELSEWHERE = ("/api/v1/events", "/api/v1/uploads", "/api/v1/uploads/{upload_id}")
"""A stream that does not end, and a protocol of headers (tus): both have tests of their own."""
FREE = {name: "" for name in LimitSettings.model_fields if "per" in name}
HEADERS = {caller: {"Authorization": f"Bearer {caller}"} for caller in (OWNER, OTHER, ADMIN)} | {"nobody": {}}
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            # What is well-formed may still name what is not there, or what cannot be done: 422 says which.
            "positive_data_acceptance": {"expected-statuses": ["2xx", 401, 403, 404, 409, 415, 416, 422]},
        }
    }
)


@pytest.fixture
def settings():
    return Settings(api=ApiSettings(limits=LimitSettings(**FREE)))


@pytest.fixture
def schema(app):
    """The description of our app below its prefix, without another one around it that answers for us."""
    ours = next(route.app for route in app.routes if isinstance(route, Mount))

    async def serve(scope, receive, send):
        await ours({**scope, "root_path": MOUNTED_AT}, receive, send)

    with TestClient(app):
        yield schemathesis.openapi.from_asgi(
            f"{MOUNTED_AT}/api/v1/openapi.json", serve, config=CONFIG, headers=HEADERS[ADMIN]
        )


@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("names")
def test_the_api_keeps_to_its_description(schema):
    statuses, problems = {caller: Counter() for caller in HEADERS}, []
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path not in ELSEWHERE:
            for mode in GenerationMode:
                problems += probe(operation, mode, statuses)

    for caller, seen in statuses.items():
        print(f"{caller}: {seen.total():,} requests, {dict(sorted(seen.items()))}")  # noqa: T201 - shown by `-rP`
    assert not problems, "\n\n".join(problems)
    assert [] == [caller for caller in (OWNER, OTHER, ADMIN) if not statuses[caller][200]]


def probe(operation, mode, statuses):
    """Send what the description allows, or just not, as every caller; return what was wrong with the answers."""
    problems = []

    @given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis_settings(
        max_examples=CASES,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case):
        for caller, headers in HEADERS.items():
            answer = case.call(headers=headers)
            statuses[caller][answer.status_code] += 1
            try:
                case.validate_response(answer, headers=headers)
            except FailureGroup as group:
                problems.append(f"{operation.label} ({mode.value}, {caller}): {group}")
                problems.extend(f"{one}" for one in group.exceptions)

    with suppress(Unsatisfiable):  # nothing of this operation can be sent wrongly
        send()
    return problems
