"""What the catalogue promises about people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cloudflow_lib.domain.people import Preferences, Standing, Theme, UserLimits

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)


def test_somebody_new_begins_as_everybody_does(catalog):
    assert Preferences() == catalog.preferences("team-docs")


def test_preferences_are_kept_for_each_person(catalog):
    mine = Preferences(tour_seen=True, shortcuts=False, theme=Theme.DARK, upload_location="s3-main", news_seen="n1")
    catalog.save_preferences("team-docs", mine)
    catalog.save_preferences("a.b$c", Preferences(theme=Theme.LIGHT))

    assert mine == catalog.preferences("team-docs")
    assert Preferences(theme=Theme.LIGHT) == catalog.preferences("a.b$c")
    catalog.save_preferences("team-docs", Preferences())
    assert Preferences() == catalog.preferences("team-docs")


def test_to_somebody_new_we_stand_as_to_everybody(catalog):
    assert Standing() == catalog.standing("team-docs")
    assert {} == catalog.standings()


def test_what_an_administrator_allows_is_kept_beside_everything_else(catalog):
    limits = UserLimits(upload_bytes=1 << 40, storage_bytes=0, uploads_per_minute=3, writes_per_minute=5)
    catalog.save_preferences("a.b$c", Preferences(theme=Theme.DARK))
    catalog.save_limits("a.b$c", limits)
    catalog.note_seen("a.b$c", NOW, is_admin=True)
    catalog.sign_out("a.b$c", LATER)

    wanted = Standing(limits=limits, signed_out_at=LATER, seen_at=NOW, is_admin=True)
    assert wanted == catalog.standing("a.b$c")
    assert {"a.b$c": wanted} == catalog.standings()
    assert Preferences(theme=Theme.DARK) == catalog.preferences("a.b$c")
    catalog.save_limits("a.b$c", UserLimits())
    assert UserLimits() == catalog.standing("a.b$c").limits


def test_administrators_are_exactly_those_that_were_told_last(catalog):
    catalog.save_admins(["ann", "bob"])
    catalog.note_seen("cem", NOW, is_admin=True)
    assert {"ann", "bob", "cem"} == catalog.admins()

    catalog.save_admins(["bob", "dan"])
    catalog.save_admins(["bob", "dan"])
    assert {"bob", "dan"} == catalog.admins()
    assert NOW == catalog.standing("cem").seen_at
    catalog.save_admins([])
    assert frozenset() == catalog.admins()
