"""A start is over when Airflow has read every DAG file, and fails by the name of one that it cannot read."""

import pytest

from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.stack.dag_files import wait_for_dags
from cloudflow_cli.stack.layout import DAG_BUNDLE
from cloudflow_cli.stack.readiness import StartError
from cloudflow_lib.settings import AirflowSettings


@pytest.fixture
def folder(tmp_path):
    for name in ("scan.py", "migrate.py"):
        (tmp_path / name).touch()
    (tmp_path / "notes.md").touch()
    return tmp_path


@pytest.fixture
def airflow(httpserver):
    return AirflowClient(AirflowSettings(url=httpserver.url_for("").rstrip("/")))


@pytest.fixture
def say(httpserver):
    """Have Airflow answer that it read these files, one answer after the other, the last one for ever."""
    httpserver.expect_request("/api/v2/importErrors").respond_with_json({"import_errors": []})

    def say(*answers):
        dags = [{"dags": [{"relative_fileloc": name} for name in names]} for names in answers]
        asked = {"bundle_name": DAG_BUNDLE, "limit": "100"}
        for answer in dags[:-1]:
            httpserver.expect_oneshot_request("/api/v2/dags", query_string=asked).respond_with_json(answer)
        httpserver.expect_request("/api/v2/dags", query_string=asked).respond_with_json(dags[-1])

    return say


def break_files(httpserver, *names, bundle):
    errors = [
        {"bundle_name": bundle, "filename": name, "stack_trace": "Traceback ...\nImportError: no module\n"}
        for name in names
    ]
    httpserver.clear()
    httpserver.expect_request("/api/v2/dags").respond_with_json({"dags": [{"relative_fileloc": "scan.py"}]})
    httpserver.expect_request("/api/v2/importErrors").respond_with_json({"import_errors": errors})


def test_it_waits_until_every_file_was_read(airflow, folder, say, httpserver):
    say([], ["scan.py"], ["scan.py", "migrate.py"])

    wait_for_dags(airflow, folder, timeout=10)

    assert 3 == sum(request.path == "/api/v2/dags" for request, _ in httpserver.log)


def test_what_was_not_read_in_time_is_named(airflow, folder, say):
    say(["scan.py"])

    with pytest.raises(StartError, match=r"not read these DAG files after 0 s: migrate\.py"):
        wait_for_dags(airflow, folder, timeout=0.3)


def test_a_file_that_cannot_be_read_is_named_with_the_reason(airflow, folder, httpserver):
    break_files(httpserver, "migrate.py", bundle=DAG_BUNDLE)

    with pytest.raises(StartError, match=r"cannot read .*/migrate\.py: ImportError: no module$"):
        wait_for_dags(airflow, folder, timeout=10)


def test_broken_files_of_somebody_else_stop_no_start(airflow, folder, httpserver):
    break_files(httpserver, "migrate.py", bundle="own-dags")

    with pytest.raises(StartError, match="not read these"):
        wait_for_dags(airflow, folder, timeout=0)
