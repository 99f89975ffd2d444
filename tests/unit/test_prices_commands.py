"""`cloudflow prices` tells what the platform calculates with."""

import json

import pytest

from cloudflow_cli import main, output


@pytest.fixture
def cloudflow(capsys, monkeypatch):
    monkeypatch.setattr(output.console, "_width", 200)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main.run(list(arguments))
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return run


def test_a_book_is_shown_with_sources_and_dates(cloudflow):
    code, told, _ = cloudflow("prices", "show", "aws")

    assert 0 == code
    assert all(word in told for word in ("GLACIER_IR", "0.023", "51,200", "AWS Price List API", "2026-09-19"))


def test_one_class_as_json(cloudflow):
    told = json.loads(cloudflow("prices", "show", "gcs", "--class", "COLDLINE", "--json")[1])

    assert ["COLDLINE"] == [c["name"] for c in told["classes"]]
    assert "0.0040" in [line["usd"] for line in told["lines"]]


def test_all_books_hold_together(cloudflow):
    code, told, _ = cloudflow("prices", "check", "--json")

    assert 0 == code
    assert ["aws", "azure", "gcs", "stress"] == [book["name"] for book in json.loads(told)]


def test_a_wrong_file_is_one_line(cloudflow, tmp_path):
    (tmp_path / "own.toml").write_text("name = 'own'")

    code, out, err = cloudflow("prices", "check", str(tmp_path / "own.toml"))

    assert (2, "", 1) == (code, out, err.count("\n"))
    assert "classes: Field required" in err
