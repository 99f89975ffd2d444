"""The last checks of data, and their pages: for whoever is signed in, and without anybody's scripts."""

from __future__ import annotations

import json

import pytest

from cloudflow_lib.settings import Settings
from cloudflow_lib.settings.learning import LearningSettings
from tests.api.conftest import OWNER

OLD, NEW = "20261125T011500.000001Z", "20261126T011500.000001Z"
PAGE = "<html><head><script src='https://elsewhere.example/x.js'></script></head><body>day</body></html>"


@pytest.fixture
def learning_folder(tmp_path):
    return tmp_path


@pytest.fixture
def settings(learning_folder):
    return Settings(learning=LearningSettings(folder=learning_folder))


@pytest.fixture
def checked(learning_folder):
    """Leave what Great Expectations leaves of two days and one training."""
    for suite, at, success in (("access", OLD, False), ("access", NEW, True), ("training", OLD, False)):
        place = f"validations/{suite}/__none__/{at}/cloudflow-{suite}"
        page = learning_folder / "expectations" / "docs" / f"{place}.html"
        result = learning_folder / "expectations" / "gx" / "uncommitted" / f"{place}.json"
        for path, text in ((page, PAGE), (result, json.dumps({"success": success}))):
            path.parent.mkdir(parents=True)
            path.write_text(text)
    return learning_folder


def test_where_nothing_was_checked_nothing_is_told(sign_in):
    assert {"checks": []} == sign_in(OWNER).get("/data-checks").json()


@pytest.mark.usefixtures("checked")
def test_the_last_check_of_each_suite_is_told(sign_in):
    checks = sign_in(OWNER).get("/data-checks").json()["checks"]

    assert [("access", True, "2026-11-26"), ("training", False, "2026-11-25")] == [
        (one["suite"], one["passed"], one["checked_at"][:10]) for one in checks
    ]


@pytest.mark.usefixtures("checked")
def test_its_page_can_be_read_and_runs_nothing(sign_in):
    client = sign_in(OWNER)
    [path] = [one["path"] for one in client.get("/data-checks").json()["checks"] if one["suite"] == "access"]
    answer = client.get(f"/data-checks/pages/{path}")

    assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert "day" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy


@pytest.mark.usefixtures("checked")
@pytest.mark.parametrize(
    "path", ["", "nothing.html", "../gx/uncommitted/x", "..%2F..%2Fexpectations", "validations", "x" * 999]
)
def test_nothing_else_can_be_read(sign_in, path):
    assert 404 == sign_in(OWNER).get(f"/data-checks/pages/{path}").status_code
