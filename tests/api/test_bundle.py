"""The dashboard's files, and its place in Airflow's navigation."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient


@pytest.fixture
def built(tmp_path):
    """A folder as the dashboard is built into it."""
    (tmp_path / "chunks").mkdir()
    (tmp_path / "main.js").write_text("export default 1")
    (tmp_path / "chunks" / "charts-B1a2C3d4.js").write_text("export default 2")
    return tmp_path


@pytest.fixture
def client(built):
    from cloudflow_plugin.api.bundle import add_bundle

    app = FastAPI()
    add_bundle(app, built)
    return TestClient(app)


def test_the_entry_is_asked_for_again_and_not_sent_again(client):
    first = client.get("/static/main.js")
    again = client.get("/static/main.js", headers={"If-None-Match": first.headers["ETag"]})

    assert (200, "no-cache") == (first.status_code, first.headers["Cache-Control"])
    assert "javascript" in first.headers["Content-Type"]
    assert (304, "no-cache") == (again.status_code, again.headers["Cache-Control"])


def test_what_has_a_hash_in_its_name_is_kept_for_ever(client):
    assert "immutable" in client.get("/static/chunks/charts-B1a2C3d4.js").headers["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["../secrets.json", "%2e%2e/secrets.json", "..%2fsecrets.json", "chunks", "", "none.js"]
)
def test_nothing_else_is_served(client, built, path):
    (built.parent / "secrets.json").write_text("{}")

    assert 404 == client.get(f"/static/{path}").status_code


def test_the_page_stands_in_the_navigation_when_it_was_built(built, tmp_path_factory):
    from cloudflow_plugin.api.bundle import react_apps

    (built / "icon.svg").write_text("<svg/>")
    assert [] == react_apps("/cloudflow", tmp_path_factory.mktemp("empty"))
    assert [
        {
            "name": "CloudFlow",
            "bundle_url": "cloudflow/static/main.js",
            "destination": "nav",
            "url_route": "cloudflow",
            "nav_top_level": True,
            "icon": "cloudflow/static/icon.svg",
        },
        {"name": "CloudFlowHome", "bundle_url": "cloudflow/static/home.js", "destination": "base"},
    ] == react_apps("/cloudflow", built)


def test_files_need_no_sign_in_and_are_guarded_as_everything_else(anonymous):
    answer = anonymous.get("http://testserver/cloudflow/static/none.js")

    assert (404, "nosniff") == (answer.status_code, answer.headers["X-Content-Type-Options"])
    assert "application/problem+json" == answer.headers["content-type"]
