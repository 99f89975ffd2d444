"""A large file on its way in, and a network that breaks."""

from dataclasses import replace

import httpx
import pytest
from playwright.sync_api import expect

from tests.stack.browser import deeds
from tests.stack.browser.conftest import TEAM
from tests.stack.browser.tunnel import running_tunnel

MIB = 1024 * 1024
SIZE = 24 * MIB
BREAKS_AFTER = 18 * MIB


@pytest.fixture
def far_away(visitors, stack, guides_taken):  # noqa: ARG001 - fixtures cannot be marked
    """Visitors who reach the server through a tunnel that breaks once, in the middle of a large upload."""
    url = httpx.URL(stack.airflow_url)
    with running_tunnel(url.port, breaks_after=BREAKS_AFTER) as tunnel:
        yield replace(visitors, url=str(url.copy_with(port=tunnel.own_port)).rstrip("/")), tunnel


def test_a_large_upload_goes_on_where_it_was_when_the_network_comes_back(far_away, shelf, suffix):
    visitors, tunnel = far_away
    offsets = []
    page = visitors.open_page("files", user=TEAM)
    page.on("request", lambda request: request.method == "PATCH" and offsets.append(request.headers["upload-offset"]))
    name = f"film of {suffix}.txt"
    deeds.drop_files(page, {name: SIZE})
    panel = deeds.send_to(page, shelf.name, "docs/films")
    expect(panel.get_by_text("uploaded as warm")).to_be_visible()
    page.context.close()

    assert (1, "0") == (tunnel.breaks, offsets[0])
    # What had left the browser and not arrived is sent again, and nothing else.
    assert MIB < int(offsets[-1]) < SIZE
    assert b"a" * SIZE == shelf.bucket.get(f"docs/films/{name}")
