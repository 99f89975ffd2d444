"""Choosing what comes by mail, over the API and from within a mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cloudflow_lib.adapters.secrets.keyring import FileKeyring
from cloudflow_lib.domain.mailing import Letter
from cloudflow_lib.domain.notifications import NotificationKind
from cloudflow_lib.workflows.mail_choices import unsubscribe_token
from tests.api.conftest import NOW, OTHER, OWNER

PATH = "/me/notification-settings"


@pytest.fixture
def keyring(tmp_path):
    file = tmp_path / "keyring.json"
    file.write_text('{"active": "k1", "keys": {"k1": "' + "A" * 43 + '="}}')
    file.chmod(0o600)
    return FileKeyring(file)


@pytest.fixture
def services(services, keyring):
    return replace(services, keyring=keyring)


def test_nobody_without_an_account_chooses_anything(anonymous, stranger):
    for path in (PATH, "/me/mails"):
        assert 401 == anonymous.get(path).status_code
        assert 403 == stranger.get(path).status_code
    assert 401 == anonymous.put(PATH, json={}).status_code


def test_everybody_begins_with_the_defaults_and_chooses_for_themselves(owner, other):
    before = owner.get(PATH).json()
    after = owner.put(PATH, json={"paces": {"classes": "off", "upload": "hourly"}, "daily_hour": 5}).json()

    assert ("at_once", "daily", "off", 7) == (
        before["paces"]["migration"],
        before["paces"]["classes"],
        before["paces"]["upload"],
        before["daily_hour"],
    )
    assert {**before["paces"], "classes": "off", "upload": "hourly"} == after["paces"]
    assert after == owner.get(PATH).json()
    assert f"{OWNER}@example.test" == after["address"]
    assert before["paces"] == other.get(PATH).json()["paces"]


@pytest.mark.parametrize(
    "change", [{"paces": {"gossip": "off"}}, {"paces": {"alert": "soon"}}, {"daily_hour": 24}, {"address": "x@y"}]
)
def test_what_is_no_choice_is_refused(owner, change):
    assert 422 == owner.put(PATH, json=change).status_code


def test_a_mail_program_ends_mails_without_signing_in(anonymous, owner, keyring):
    token = unsubscribe_token(OWNER, NotificationKind.ALERT, keyring)

    for _ in range(2):
        answer = anonymous.post(f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"})
        assert (200, {"kind": "alert"}) == (answer.status_code, answer.json())
    assert "off" == owner.get(PATH).json()["paces"]["alert"]
    assert 404 == anonymous.post(f"/unsubscribe/{token[:-4]}AAAA").status_code
    assert 405 == anonymous.get(f"/unsubscribe/{token}").status_code


def test_everybody_sees_what_became_of_their_mails(catalog, owner, other):
    for user in (OWNER, OTHER):
        catalog.write_letter(Letter(letter_id=user, user=user, wish_ids=(user,), made_at=NOW, next_try_at=NOW))
    catalog.try_letter_later(catalog.claim_letter(NOW, NOW), NOW, "451 busy")

    assert [("queued", "451 busy")] == [(one["state"], one["reason"]) for one in owner.get("/me/mails").json()["mails"]]
    assert [("queued", None)] == [(one["state"], one["reason"]) for one in other.get("/me/mails").json()["mails"]]
