"""Airflow's public API, as far as the command line needs it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from cloudflow_lib.errors import CloudFlowError, NotAllowedError, WrongInputError

if TYPE_CHECKING:  # a third of a second that help and wrong usage need not wait
    from cloudflow_lib.settings import AirflowSettings

ENDED = ("success", "failed")
POLL_SECONDS = 0.1


class AirflowClient:
    """One signed-in user of one Airflow."""

    def __init__(self, settings: AirflowSettings) -> None:
        import httpx  # a quarter of a second that most commands need not wait

        self._settings = settings
        self._broken = httpx.TransportError
        self._http = httpx.Client(base_url=settings.url, timeout=30.0)

    def __enter__(self) -> Self:
        """Sign in."""
        answer = self._ask(
            "POST",
            "/auth/token",
            json={"username": self._settings.user, "password": self._settings.password.get_secret_value()},
        )
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        return self

    def __exit__(self, *_: object) -> None:
        """Let the connection go."""
        self._http.close()

    def trigger(self, dag_id: str, params: Mapping[str, object], *, run_id: str | None = None) -> str:
        """Start a run of *dag_id* and return its id."""
        body: dict[str, object] = {"logical_date": None, "conf": dict(params)}
        if run_id:
            body["dag_run_id"] = run_id
        return str(self._ask("POST", f"/api/v2/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def run(self, dag_id: str, run_id: str) -> dict[str, Any]:
        """Return a run as the API describes it."""
        return self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")

    def woken(self, dag_id: str, since: datetime) -> str | None:
        """Return the newest run of *dag_id* that an asset woke after *since*, if there is one."""
        found = self._newest_woken(dag_id)["dag_runs"]
        new = [str(run["dag_run_id"]) for run in found if datetime.fromisoformat(run["run_after"]) > since]
        return new[0] if new else None

    def count_woken(self, dag_id: str) -> int:
        """Return how many runs of *dag_id* assets woke; WrongInputError where Airflow knows no such DAG."""
        return int(self._newest_woken(dag_id)["total_entries"])

    def count_under_way(self) -> int:
        """Return how many runs of all DAGs have not ended."""
        asked = {"state": ["queued", "running"], "limit": 1}
        return int(self._ask("GET", "/api/v2/dags/~/dagRuns", params=asked)["total_entries"])

    def pause(self, dag_id: str, *, is_paused: bool) -> None:
        """Let *dag_id* start no runs by its schedule, or let it again."""
        self._ask("PATCH", f"/api/v2/dags/{dag_id}", params={"update_mask": "is_paused"}, json={"is_paused": is_paused})

    def awake(self) -> list[str]:
        """Return the DAGs that are not paused, at most a hundred."""
        return [str(dag["dag_id"]) for dag in self._dags(paused=False)]

    def read_files(self, bundle: str) -> set[str]:
        """Return the files of a DAG bundle that DAGs were read from, seen from its folder, at most a hundred."""
        return {str(dag["relative_fileloc"]) for dag in self._dags(bundle_name=bundle)}

    def unreadable_files(self, bundle: str) -> dict[str, str]:
        """Return the files of a DAG bundle that Airflow could not read -> the last line of why, at most a hundred."""
        found = self._ask("GET", "/api/v2/importErrors", params={"limit": 100})["import_errors"]
        mine = [error for error in found if error["bundle_name"] == bundle]
        return {str(error["filename"]): str(error["stack_trace"]).strip().splitlines()[-1] for error in mine}

    def _dags(self, **wanted: object) -> list[dict[str, Any]]:
        return list(self._ask("GET", "/api/v2/dags", params={**wanted, "limit": 100})["dags"])

    def _newest_woken(self, dag_id: str) -> dict[str, Any]:
        asked = {"run_type": "asset_triggered", "order_by": "-run_after", "limit": 1}
        return self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns", params=asked)

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._ask(
                "GET",
                f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances",
                params={"limit": 100, "offset": len(found)},
            )
            found += page["task_instances"]
            if len(found) >= page["total_entries"]:
                return found

    def questions(self, dag_id: str, run_id: str) -> list[str]:
        """Return the tasks of the run that wait for a person's answer."""
        found = self._ask("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/hitlDetails")["hitl_details"]
        waiting = [one["task_instance"] for one in found if not one["response_received"]]
        return [str(task["task_id"]) for task in waiting if task["state"] == "awaiting_input"]

    def answer(self, dag_id: str, run_id: str, task_id: str, option: str) -> None:
        """Answer what a task of the run asks."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        self._ask("PATCH", path, json={"chosen_options": [option], "params_input": {}})

    def wait(
        self, dag_id: str, run_id: str, *, timeout: float = 3600.0, tick: Callable[[], None] = lambda: None
    ) -> str:
        """Return how the run ended, `success` or `failed`; *tick* is called while waiting."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            state = str(self.run(dag_id, run_id)["state"])
            if state in ENDED:
                return state
            tick()
            time.sleep(POLL_SECONDS)
        raise CloudFlowError(
            f"the run {run_id} of {dag_id} has not ended after {timeout:,.0f} s: look at {self._settings.url}"
        )

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - passed on to httpx
        try:
            response = self._http.request(method, path, **request)
        except self._broken as error:
            raise CloudFlowError(f"Airflow at {self._settings.url} does not answer ({error}): is it up?") from error
        if response.is_success:
            try:
                return dict(response.json())
            except ValueError:
                raise CloudFlowError(f"what answers at {self._settings.url} is no Airflow: it sends no JSON") from None
        detail = (
            response.json().get("detail", response.text) if "json" in response.headers.get("content-type", "") else ""
        )
        if response.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise NotAllowedError(
                f"Airflow does not let {self._settings.user} do this ({detail}): check CLOUDFLOW_AIRFLOW__*"
            )
        if response.status_code in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY):
            raise WrongInputError(f"Airflow refuses the request: {detail}")
        raise CloudFlowError(
            f"Airflow answered {response.status_code} to {method} {path}: {detail or 'no reason given'}"
        )
