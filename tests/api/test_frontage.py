"""Airflow's page around ours: packed once, and with ours on its way beside it."""

import gzip
import json

import pytest
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

SCRIPT = b"export const page = 1;\n" * 200
MANIFEST = {
    "_host-a.js": {"file": "chunks/host-a.js"},
    "_App-b.js": {"file": "chunks/App-b.js", "imports": ["_host-a.js"]},
    "src/home.tsx": {"file": "home.js", "imports": ["_host-a.js"]},
    "src/main.tsx": {"file": "main.js", "imports": ["_host-a.js"]},
    "src/pages/Overview.tsx": {"file": "chunks/Overview-c.js", "imports": ["_App-b.js"]},
    "src/pages/Files.tsx": {"file": "chunks/Files-d.js", "imports": ["_App-b.js"]},
}
EVERYWHERE = ["home.js", "chunks/host-a.js", "main.js"]
AIRFLOWS = [
    "</static/assets/index-A1b2_C3-.js>; rel=modulepreload",
    "</ui/config>; rel=preload; as=fetch; crossorigin",
    "</api/v2/plugins>; rel=preload; as=fetch; crossorigin",
]


@pytest.fixture
def folder(tmp_path):
    """What Airflow's and our builds left."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "index-A1b2_C3-.js").write_bytes(SCRIPT)
    (tmp_path / "secrets-A1b2C3d4.js").write_bytes(b"not for everybody")
    (tmp_path / "bundle" / ".vite").mkdir(parents=True)
    (tmp_path / "bundle" / ".vite" / "manifest.json").write_text(json.dumps(MANIFEST))
    return tmp_path


@pytest.fixture
def client(folder):
    from cloudflow_plugin.api.frontage import Frontage, Packing

    def airflow(request):
        page = request.url.path.removeprefix("/base")
        return HTMLResponse("<html>") if page.startswith(("/plugin", "/dags")) else PlainTextResponse("from airflow")

    app = Starlette(routes=[Route("/{path:path}", airflow)])
    app.add_middleware(Frontage, packing=Packing(folder / "assets"), bundle=folder / "bundle")
    return TestClient(app)


def test_a_file_is_packed_once_and_kept_by_browsers(client, folder):
    first = client.get("/static/assets/index-A1b2_C3-.js")
    (folder / "assets" / "index-A1b2_C3-.js").unlink()
    again = client.get("/static/assets/index-A1b2_C3-.js")

    assert SCRIPT == first.content == again.content
    assert "gzip" == first.headers["Content-Encoding"]
    assert len(gzip.compress(SCRIPT)) + 100 > int(first.headers["Content-Length"])
    assert "javascript" in first.headers["Content-Type"]
    assert "immutable" in first.headers["Cache-Control"]
    assert "Accept-Encoding" == first.headers["Vary"]


@pytest.mark.parametrize(
    "path",
    ["index-none1234.js", "../secrets-A1b2C3d4.js", "%2e%2e/secrets-A1b2C3d4.js", "..%2fsecrets-A1b2C3d4.js", "a.js"],
)
def test_everything_else_is_airflows(client, path):
    assert "from airflow" == client.get(f"/static/assets/{path}").text


def test_who_cannot_unpack_gets_it_from_airflow(client):
    headers = {"Accept-Encoding": "identity"}

    assert "from airflow" == client.get("/static/assets/index-A1b2_C3-.js", headers=headers).text


@pytest.mark.parametrize(
    ("page", "files"),
    [
        ("/plugin/cloudflow", [*EVERYWHERE, "chunks/Overview-c.js", "chunks/App-b.js"]),
        ("/plugin/cloudflow/files/f-1", [*EVERYWHERE, "chunks/Files-d.js", "chunks/App-b.js"]),
        ("/plugin/cloudflow/nowhere", EVERYWHERE),
    ],
)
def test_our_page_names_what_it_cannot_be_shown_without(client, page, files):
    """Airflow's own script first: a browser fetches six files at once."""
    ours = [f"</cloudflow/static/{file}>; rel=modulepreload" for file in files]

    assert AIRFLOWS + ours == client.get(page).headers["Link"].split(", ")


@pytest.mark.parametrize("page", ["/plugin/cloudflowers", "/dags"])
def test_other_pages_name_nothing(client, page):
    assert "Link" not in client.get(page).headers


def test_below_another_address_it_is_the_same(folder):
    from cloudflow_plugin.api.frontage import Frontage, Packing

    app = Frontage(
        Starlette(routes=[Route("/{path:path}", lambda _request: HTMLResponse("<html>"))]),
        packing=Packing(folder / "assets"),
        bundle=folder / "bundle",
    )
    client = TestClient(app, root_path="/base")

    assert "immutable" in client.get("/base/static/assets/index-A1b2_C3-.js").headers["Cache-Control"]
    links = client.get("/base/plugin/cloudflow").headers["Link"].split(", ")
    assert all(link.startswith("</base/") for link in links)


def test_nothing_is_named_before_the_dashboard_is_built(folder):
    from cloudflow_plugin.api.frontage import scripts_of

    assert [] == scripts_of("overview", folder / "none")
