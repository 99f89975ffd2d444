"""The platform as the administrator meets it: its API, and the mail catcher."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import httpx

from cloudflow_cli.demo.routes import ADMIN
from cloudflow_lib.errors import CloudFlowError

if TYPE_CHECKING:
    from cloudflow_cli.demo.story import Stage

BUDGET, BUDGET_USD = "Demonstration: a month", 100.0
ANSWER_SECONDS = 30.0


class FrontDoor:
    """A client of the API that signs in as the administrator."""

    def __init__(self, stage: Stage) -> None:
        root = f"http://127.0.0.1:{stage.world.ports.airflow}/cloudflow/api/v1"
        self.mails = f"http://127.0.0.1:{stage.world.ports.mail}"
        self._password = stage.world.secrets.airflow_users[ADMIN]
        self._http = httpx.Client(base_url=root, timeout=ANSWER_SECONDS)

    def __enter__(self) -> Self:
        """Sign in."""
        token = self._ask("POST", "auth/token", json={"username": ADMIN, "password": self._password})["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"
        return self

    def __exit__(self, *_: object) -> None:
        """Let the connection go."""
        self._http.close()

    def get(self, path: str, **query: str) -> dict[str, Any]:
        """Return what the API tells."""
        return self._ask("GET", path, params=query)

    def budget(self) -> dict[str, Any]:
        """Return the budget of the demonstration, which is set the first time."""
        known = [one for one in self.get("costs/budgets")["budgets"] if one["name"] == BUDGET]
        return known[0] if known else self._ask("POST", "costs/budgets", json={"name": BUDGET, "limit_usd": BUDGET_USD})

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on to httpx
        try:
            answer = self._http.request(method, path, **request).raise_for_status()
        except httpx.HTTPError as error:
            raise CloudFlowError(f"the API does not answer {path}: {error}") from error
        return dict(answer.json())
