"""Airflow's page around ours: packed once, and with ours on its way beside it."""

import gzip
import json

import pytest
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

SCRIPT = b"export const page = 1;\n" * 200
MANIFEST = {
    "_host-a.js": {"file": "chunks/host-a.js"},
    "_App-b.js": {"file": "chunks/App-b.js", "imports": ["_host-a.js"]},
    "_questions-q.js": {"file": "chunks/questions-q.js"},
    "src/early.ts": {"file": "early.js", "imports": ["_questions-q.js"]},
    "src/home.tsx": {"file": "home.js", "imports": ["_host-a.js"]},
    "src/main.tsx": {"file": "main.js", "imports": ["_host-a.js"]},
    "src/pages/Overview.tsx": {"file": "chunks/Overview-c.js", "imports": ["_App-b.js"]},
    "node_modules/inter/files/inter-latin-wght-normal.woff2": {"file": "assets/inter-e.woff2"},
    "node_modules/mono/files/mono-latin-wght-normal.woff2": {"file": "assets/mono-f.woff2"},
    "src/pages/Files.tsx": {"file": "chunks/Files-d.js", "imports": ["_App-b.js"]},
}
PAGE = (
    '<html><head><script type="module" src="./static/assets/index-A1b2_C3-.js"></script>\n</head><body>Ä</body></html>'
)
SCRIPTS = (" async src", "early"), (" src", "home"), (" src", "main")
OURS = "".join(f'<script type="module"{how}="/cloudflow/static/{name}.js"></script>' for how, name in SCRIPTS)
EVERYWHERE = ["early.js", "chunks/questions-q.js", "home.js", "chunks/host-a.js", "main.js"]
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
    (tmp_path / "bundle" / "chunks").mkdir()
    (tmp_path / "bundle" / "chunks" / "App-B1b2C3d4.js").write_bytes(SCRIPT)
    (tmp_path / "bundle" / "main.js").write_bytes(SCRIPT)
    (tmp_path / "bundle" / ".vite" / "manifest.json").write_text(json.dumps(MANIFEST))
    return tmp_path


@pytest.fixture
def client(folder):
    from cloudflow_plugin.api.frontage import Frontage, Packing

    def airflow(request):
        page = request.url.path.removeprefix("/base")
        return HTMLResponse(PAGE) if page.startswith(("/plugin", "/dags")) else PlainTextResponse("from airflow")

    app = Starlette(routes=[Route("/{path:path}", airflow)])
    app.add_middleware(Frontage, packing=Packing(folder / "assets"), bundle=folder / "bundle")
    return TestClient(app)


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/static/assets/index-A1b2_C3-.js", "assets/index-A1b2_C3-.js"),
        ("/cloudflow/static/chunks/App-B1b2C3d4.js", "bundle/chunks/App-B1b2C3d4.js"),
    ],
)
def test_a_file_is_packed_once_and_kept_by_browsers(client, folder, path, file):
    first = client.get(path)
    (folder / file).unlink()
    again = client.get(path)

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


@pytest.mark.parametrize(
    "path", ["main.js", "chunks/none-A1b2C3d4.js", "chunks/../main.js", "chunks/../../secrets-A1b2C3d4.js"]
)
def test_of_ours_only_what_has_a_hash_in_its_name_is_answered_here(client, path):
    assert "from airflow" == client.get(f"/cloudflow/static/{path}").text


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

    font = "</cloudflow/static/assets/inter-e.woff2>; rel=preload; as=font; type=font/woff2; crossorigin"

    assert [*AIRFLOWS, *ours, font] == client.get(page).headers["Link"].split(", ")


@pytest.mark.parametrize("page", ["/plugin/cloudflowers", "/dags"])
def test_other_pages_are_left_as_they_are(client, page):
    answer = client.get(page)

    assert "Link" not in answer.headers
    assert PAGE == answer.text


def test_our_page_runs_ours_right_behind_airflows_own_script(client):
    answer = client.get("/plugin/cloudflow/files")

    assert PAGE.replace("</head>", OURS + "</head>") == answer.text
    assert str(len(answer.content)) == answer.headers["Content-Length"]


@pytest.mark.parametrize(
    "answer",
    [
        HTMLResponse("<html>without a head"),
        HTMLResponse("</head>", 404),
        HTMLResponse(gzip.compress(b"</head>", mtime=0), headers={"Content-Encoding": "gzip"}),
        StreamingResponse(iter([b"</head>", b"<body>"]), media_type="text/html"),
        RedirectResponse("/auth/login"),
    ],
    ids=["other page", "refusal", "packed", "in pieces", "elsewhere"],
)
def test_a_page_that_is_not_as_expected_is_passed_on_as_it_is(folder, answer):
    from cloudflow_plugin.api.frontage import Frontage, Packing

    wrapped = Frontage(answer, packing=Packing(folder / "assets"), bundle=folder / "bundle")
    client = TestClient(wrapped, follow_redirects=False)

    got = client.get("/plugin/cloudflow")

    assert answer.status_code == got.status_code
    assert "<script" not in got.text


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
    from cloudflow_plugin.api.frontage import fonts_of, manifest_of, scripts_of

    manifest = manifest_of(folder / "none")

    assert [] == scripts_of("overview", manifest) == fonts_of(manifest)
