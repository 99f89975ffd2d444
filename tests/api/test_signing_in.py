"""Tokens over HTTP: handed out, renewed, stolen, given back."""

from http.cookies import SimpleCookie

import pytest

from cloudflow_lib.settings import ApiSettings, LimitSettings, Settings

GOOD = {"username": "team-docs", "password": "open sesame"}


def sign_in(client, **more):
    answer = client.post("/auth/token", json={**GOOD, **more})
    assert 200 == answer.status_code, answer.text
    return answer.json()


def may_look(client, access):
    return client.get("/openapi.json", headers={"Authorization": f"Bearer {access}"}).status_code == 200


def test_a_name_and_a_password_open_the_api_for_a_while(anonymous):
    tokens = sign_in(anonymous)

    assert ("team-docs", "Bearer", 900) == (tokens["user"], tokens["token_type"], tokens["expires_in"])
    assert may_look(anonymous, tokens["access_token"])
    assert not may_look(anonymous, tokens["refresh_token"])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({**GOOD, "password": "close sesame"}, 401),
        ({**GOOD, "username": "team-nobody"}, 401),
        ({**GOOD, "username": "a\nb"}, 422),
        ({**GOOD, "username": "a\0"}, 422),
        ({**GOOD, "username": "x" * 257}, 422),
        ({**GOOD, "password": "x" * 257}, 422),
        ({**GOOD, "password": ""}, 422),
        ({**GOOD, "username": {"$ne": None}}, 422),
        ({**GOOD, "password": {"$gt": ""}}, 422),
        ({**GOOD, "is_admin": True}, 422),
        ({}, 422),
        ([], 422),
    ],
)
def test_what_is_no_sign_in_is_refused_without_repeating_a_password(anonymous, body, status):
    answer = anonymous.post("/auth/token", json=body)

    assert status == answer.status_code
    assert "close sesame" not in answer.text
    assert "refresh_token" not in answer.json()


def test_tokens_in_cookies_are_out_of_reach_for_scripts_and_other_sites(sign_in):
    client = sign_in(None)
    answer = client.post("/auth/token", json={**GOOD, "cookies": True}, headers={"Origin": "http://testserver"})
    set_by_us = [SimpleCookie(line) for line in answer.headers.get_list("set-cookie")]
    [access], [refresh] = ([jar[name] for jar in set_by_us if name in jar] for name in ("_token", "cloudflow_refresh"))

    assert (None, None) == (answer.json()["access_token"], answer.json()["refresh_token"])
    assert (True, "lax", "/", "900") == (access["httponly"], access["samesite"], access["path"], access["max-age"])
    assert (True, "strict") == (refresh["httponly"], refresh["samesite"])
    assert "/cloudflow/api/v1/auth" == refresh["path"]
    assert not access["secure"]  # over http it would be useless
    secure = sign_in(None).post("https://testserver/cloudflow/api/v1/auth/token", json={**GOOD, "cookies": True})
    assert 2 == sum("secure" in line.lower() for line in secure.headers.get_list("set-cookie"))


def test_cookies_are_renewed_and_removed(sign_in):
    client, ours = sign_in(None), {"Origin": "http://testserver"}
    client.post("/auth/token", json={**GOOD, "cookies": True}, headers=ours)
    before = client.cookies["cloudflow_refresh"]

    assert 200 == client.get("/openapi.json").status_code
    assert 403 == client.post("/auth/refresh", headers={"Origin": "https://evil.example"}).status_code
    assert 200 == client.post("/auth/refresh", headers=ours).status_code
    assert before != client.cookies["cloudflow_refresh"]
    assert 204 == client.post("/auth/logout", headers=ours).status_code
    assert [] == list(client.cookies)
    assert 401 == client.get("/openapi.json").status_code


def test_a_stolen_refresh_token_used_twice_kills_its_family(anonymous):
    first = sign_in(anonymous)
    stolen = {"refresh_token": first["refresh_token"]}
    thief = anonymous.post("/auth/refresh", json=stolen).json()

    assert may_look(anonymous, thief["access_token"])
    assert 401 == anonymous.post("/auth/refresh", json=stolen).status_code
    assert 401 == anonymous.post("/auth/refresh", json={"refresh_token": thief["refresh_token"]}).status_code
    assert not may_look(anonymous, thief["access_token"])
    assert not may_look(anonymous, first["access_token"])


def test_signing_out_with_a_token_that_a_thief_used_puts_the_thief_out(anonymous):
    stolen = {"refresh_token": sign_in(anonymous)["refresh_token"]}
    thief = anonymous.post("/auth/refresh", json=stolen).json()

    assert 204 == anonymous.post("/auth/logout", json=stolen).status_code
    assert not may_look(anonymous, thief["access_token"])
    assert 401 == anonymous.post("/auth/refresh", json={"refresh_token": thief["refresh_token"]}).status_code


def test_a_changed_password_ends_the_sessions_of_before(anonymous, door):
    before = sign_in(anonymous)
    door.password_changes += 1

    assert 401 == anonymous.post("/auth/refresh", json={"refresh_token": before["refresh_token"]}).status_code
    assert not may_look(anonymous, before["access_token"])
    after = sign_in(anonymous)
    assert 200 == anonymous.post("/auth/refresh", json={"refresh_token": after["refresh_token"]}).status_code


def test_signing_out_makes_both_tokens_worthless(anonymous):
    tokens = sign_in(anonymous)
    other_session = sign_in(anonymous)
    leaving = {"Authorization": f"Bearer {tokens['access_token']}"}

    for _ in range(2):
        body = {"refresh_token": tokens["refresh_token"]}
        assert 204 == anonymous.post("/auth/logout", json=body, headers=leaving).status_code
    assert not may_look(anonymous, tokens["access_token"])
    assert 401 == anonymous.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]}).status_code
    assert may_look(anonymous, other_session["access_token"])


def test_signing_out_with_the_access_token_alone_ends_that_token(anonymous):
    tokens = sign_in(anonymous)
    anonymous.post("/auth/logout", headers={"Authorization": f"Bearer {tokens['access_token']}"})

    assert not may_look(anonymous, tokens["access_token"])


@pytest.mark.parametrize("body", [None, {}, {"refresh_token": None}, {"refresh_token": "a.b"}, {"refresh_token": "$"}])
def test_there_is_no_renewal_without_a_refresh_token(anonymous, body):
    assert 401 == anonymous.post("/auth/refresh", json=body).status_code


@pytest.mark.parametrize("name", ["anonymous", "stranger", "other", "viewer", "owner", "admin"])
def test_everybody_may_sign_in_and_out(request, name):
    client = request.getfixturevalue(name)

    assert 200 == client.post("/auth/token", json=GOOD).status_code
    assert 204 == client.post("/auth/logout").status_code


@pytest.fixture
def settings(request) -> Settings:
    limits = getattr(request, "param", {"login_per_user": "1000/minute", "login_per_address": "1000/minute"})
    return Settings(api=ApiSettings(limits=LimitSettings(**limits)))


LIMITED = pytest.mark.parametrize(
    "settings", [{"login_per_user": "3/minute", "login_per_address": "8/minute"}], indirect=True
)


@LIMITED
def test_passwords_cannot_be_tried_one_after_the_other(anonymous):
    def attempt(user):
        return anonymous.post("/auth/token", json={"username": user, "password": "guess"})

    assert [401, 401, 401, 429] == [attempt("team-docs").status_code for _ in range(4)]
    answer = attempt("Team-Docs")
    assert 429 == answer.status_code
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert "3 per 1 minute" in answer.json()["detail"]
    others = [attempt(f"team-{number}").status_code for number in range(7)]
    assert [401] * 5 + [429] * 2 == others  # an address that tries many names


@pytest.mark.parametrize("settings", [{"refresh_per_address": "3/minute"}], indirect=True)
def test_refresh_tokens_cannot_be_tried_one_after_the_other(anonymous):
    def attempt():
        return anonymous.post("/auth/refresh", json={"refresh_token": "a.b"}).status_code

    assert [401, 401, 401, 429] == [attempt() for _ in range(4)]
