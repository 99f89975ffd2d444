"""The people: what administrators see of them, the limits they set, and signing somebody out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cloudflow_lib.domain.incoming import UploadLimits
from cloudflow_lib.domain.people import UserLimits
from cloudflow_lib.errors import NotFoundError, ObjectNotFoundError, QuotaError
from cloudflow_lib.workflows.administrators import Administrators, note_admins
from cloudflow_lib.workflows.request_migrations import open_migrations
from cloudflow_lib.workflows.upload_file import FileUpload
from cloudflow_lib.workflows.upload_plan import UploadWish
from tests.api.conftest import ADMIN, NOW, OTHER, OWNER, VIEWER
from tests.api.places import add_file, add_place
from tests.api.test_uploads import TUS

PASSWORD = "open sesame"


@pytest.fixture(autouse=True)
def files(catalog, stores):
    add_place(catalog, stores)
    add_place(catalog, stores, "old", owners={"": "gone"}, credential_id="keys")
    return [
        add_file(catalog, stores),
        add_file(catalog, stores, "docs/b.csv"),
        add_file(catalog, stores, location="old"),
    ]


def limit(admin, user=OWNER, **limits):
    answer = admin.put(f"/users/{user}/limits", json=limits)
    assert 200 == answer.status_code, answer.text
    return answer.json()


def send(client, name="new.bin", data=b"x" * 20):
    return client.post("/upload", params={"location_id": "main", "name": name}, content=data)


def begin(client, size, name="large.bin"):
    headers = {**TUS, "Upload-Length": str(size)}
    return client.post("/uploads", params={"location_id": "main", "name": f"docs/{name}"}, headers=headers)


def sign_in_with_password(client, name=OWNER):
    return client.post("/auth/token", json={"username": name, "password": PASSWORD}).json()


def test_an_administrator_sees_who_is_here_and_what_they_have(admin, owner, anonymous):
    sign_in_with_password(anonymous)
    owner.get("/files")
    found = {one["user"]: one for one in admin.get("/users").json()["users"]}
    mine, gone = found[OWNER], found["gone"]

    assert (2, 20, 1, ["CloudFlowUser"]) == (mine["files"], mine["size_bytes"], mine["sessions"], mine["roles"])
    assert (f"{OWNER}@example.test", True, True) == (mine["email"], mine["has_account"], mine["is_active"])
    assert NOW == datetime.fromisoformat(mine["seen_at"])
    assert (1, False, False, None) == (gone["files"], gone["has_account"], gone["is_active"], gone["seen_at"])
    assert (True, False) == (found[ADMIN]["is_admin"], mine["is_admin"])
    assert found[VIEWER]["seen_at"] is None
    assert mine == admin.get(f"/users/{OWNER}").json()
    assert 404 == admin.get("/users/nobody").status_code


def test_what_everybody_may_is_told_beside_it(admin):
    assert {
        "upload_bytes": UploadLimits().max_resumable_bytes,
        "uploads": "600/minute",
        "writes": "600/minute",
    } == admin.get("/users").json()["usual"]


def test_a_file_larger_than_one_person_may_send_is_refused(admin, owner, other):
    limit(admin, upload_bytes=19)
    refused = send(owner)

    assert (413, "urn:cloudflow:problem:too-large") == (refused.status_code, refused.json()["type"])
    assert 413 == begin(owner, 20).status_code
    assert 201 == send(other).status_code
    assert 201 == send(owner, data=b"x" * 19).status_code
    limit(admin)
    assert 201 == send(owner, "again.bin").status_code


def test_more_than_an_owner_may_have_does_not_come_in(admin, owner, catalog):
    limit(admin, storage_bytes=50)  # 20 are there
    assert 201 == begin(owner, 15).status_code  # and these are awaited
    refused = send(owner)

    assert (413, "urn:cloudflow:problem:quota") == (refused.status_code, refused.json()["type"])
    assert "room for 15 more bytes" in refused.json()["detail"]
    assert 413 == begin(owner, 16, "other.bin").status_code
    assert 201 == send(owner, data=b"x" * 15).status_code
    assert 413 == send(owner, "last.bin", b"x").status_code
    assert [] == [upload for upload in catalog._uploads.values() if upload.is_open]


def test_what_is_replaced_makes_room_for_what_replaces_it(admin, owner, files):
    limit(admin, storage_bytes=21)
    asked = {"location_id": "main", "name": "docs/b.csv", "replaces": files[1].version}

    assert 413 == owner.post("/upload", params=asked, content=b"x" * 12).status_code
    assert 201 == owner.post("/upload", params=asked, content=b"x" * 11).status_code


def test_an_upload_that_others_overtook_is_refused_at_its_end(admin, owner, services):
    limit(admin, storage_bytes=50)
    with FileUpload(UploadWish(user=OWNER, location_id="main", name="docs/slow"), services) as slow:
        slow.take(b"x" * 20)
        assert 201 == send(owner).status_code
        with pytest.raises(QuotaError, match="room for 10 more bytes"):
            slow.finish()
    with pytest.raises(ObjectNotFoundError):
        services.open_store("main").stat("docs/slow")


def test_one_person_may_write_less_often_than_everybody(admin, owner, other):
    limit(admin, writes_per_minute=2, uploads_per_minute=1)
    assert [200, 200, 429] == [owner.put("/me/preferences", json={}).status_code for _ in range(3)]
    assert [201, 429] == [send(owner, name).status_code for name in "ab"]
    assert [200] * 3 == [other.put("/me/preferences", json={}).status_code for _ in range(3)]
    limit(admin)
    assert 200 == owner.put("/me/preferences", json={}).status_code


@pytest.mark.parametrize(
    "limits", [{"upload_bytes": -1}, {"writes_per_minute": 0}, {"storage_bytes": 2**61}, {"files": 3}]
)
def test_limits_that_make_no_sense_are_refused(admin, catalog, limits):
    assert 422 == admin.put(f"/users/{OWNER}/limits", json=limits).status_code
    assert 404 == admin.put("/users/nobody/limits", json={}).status_code
    assert UserLimits() == catalog.standing(OWNER).limits


def test_signing_somebody_out_ends_every_session_and_token_of_theirs(admin, anonymous, sign_in, door):
    mine, again = (sign_in_with_password(anonymous) for _ in range(2))
    theirs = sign_in_with_password(anonymous, OTHER)
    web = sign_in(None)
    door.issued["from the web page"] = OWNER  # no session of ours gave it out
    door.since["from the web page"] = NOW - timedelta(hours=1)
    tokens = [mine["access_token"], again["access_token"], "from the web page"]

    def asked(token):
        return web.get("/me", headers={"Authorization": f"Bearer {token}"}).status_code

    assert [200] * 3 == [asked(token) for token in tokens]
    assert {"user": OWNER, "sessions": 2} == admin.post(f"/users/{OWNER}/sign-out").json()

    assert [401] * 3 == [asked(token) for token in tokens]
    for pair in (mine, again):
        assert 401 == anonymous.post("/auth/refresh", json={"refresh_token": pair["refresh_token"]}).status_code
    assert 200 == asked(theirs["access_token"])
    assert 200 == anonymous.post("/auth/refresh", json={"refresh_token": theirs["refresh_token"]}).status_code
    assert [f"id of {OWNER}"] == door.web_sessions_ended
    assert {"user": OWNER, "sessions": 0} == admin.post(f"/users/{OWNER}/sign-out").json()

    door.issued["new"], door.since["new"] = OWNER, NOW + timedelta(seconds=1)
    assert 200 == asked("new")


def test_who_is_an_administrator_by_role_is_one_for_tasks_too(catalog, door):
    """Tasks cannot ask Airflow: they go by what the API server wrote down."""
    for_tasks = Administrators(("root",), catalog)
    assert ADMIN not in for_tasks

    note_admins(door, catalog)
    fresh = Administrators(("root",), catalog)
    assert ({ADMIN, "root"}, 2) == (set(fresh), len(fresh))
    assert (True, True, False) == (ADMIN in fresh, "root" in fresh, OWNER in fresh)
    assert frozenset({ADMIN, "root", OWNER}) == fresh | {OWNER}

    door.switched_off.add(ADMIN)
    note_admins(door, catalog)
    assert {"root"} == set(Administrators(("root",), catalog))


def test_a_task_lets_an_administrator_by_role_move_everybodys_files(catalog, door, services, files):
    """The setting names nobody: what Airflow says is enough, there as here."""
    wish = {"file_ids": [files[0].file_id], "destination_tier": "cold"}
    with pytest.raises(NotFoundError):
        open_migrations("run-1", ADMIN, wish, replace(services, admins=Administrators((), catalog)))

    note_admins(door, catalog)
    [migration] = open_migrations("run-2", ADMIN, wish, replace(services, admins=Administrators((), catalog)))
    assert (ADMIN, OWNER) == (migration.requested_by, migration.owner)


def test_a_role_is_noted_with_the_first_request(admin, owner, catalog):
    catalog.save_admins([OWNER])  # an hour ago, before Airflow took the role away
    assert 200 == admin.get("/me").status_code
    assert 200 == owner.get("/me").status_code

    assert {ADMIN} == catalog.admins()
