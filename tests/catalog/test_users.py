"""What the catalogue promises about people."""

from __future__ import annotations

from cloudflow_lib.domain.people import Preferences, Theme


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
