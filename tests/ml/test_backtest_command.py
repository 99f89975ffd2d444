"""`cloudflow traces make` and `cloudflow backtest`, as a script uses them."""

import json

import pytest

from cloudflow_cli import main, output
from ml.backtest.policies.registry import POLICIES


@pytest.fixture
def cloudflow(capsys, monkeypatch):
    monkeypatch.setattr(output.console, "width", 220)

    def run(*arguments):
        with pytest.raises(SystemExit) as ended:
            main.run([str(one) for one in arguments])
        told = capsys.readouterr()
        return ended.value.code, told.out, told.err

    return run


@pytest.fixture
def made(cloudflow, tmp_path):
    options = ("--objects", 120, "--days", 200, "--history", 100)
    code, told, _ = cloudflow("traces", "make", tmp_path, "--families", "lake", "--changes", "scan", *options, "--json")
    assert (0, 2) == (code, len(json.loads(told)))
    return tmp_path


@pytest.mark.parametrize("prices", ["aws", "azure", "gcs", "stress"])
def test_every_policy_has_a_cost_and_a_ratio(cloudflow, made, prices):
    code, told, _ = cloudflow("backtest", made / "lake-1", "--prices", prices, "--json")
    answer = json.loads(told)

    assert 0 == code
    assert set(POLICIES) == set(answer["policies"])
    assert all(
        one["ratio"] == pytest.approx(one["cost_usd"] / answer["optimum"]["cost_usd"])
        for one in answer["policies"].values()
    )
    assert all(sum(one["split"].values()) == pytest.approx(one["cost_usd"]) for one in answer["policies"].values())


def test_only_moves_of_single_objects_cost_less_as_lifecycle_rules_make_them(cloudflow, made):
    asked = ("backtest", made / "lake-1", "--prices", "gcs", "--policies", "last_access,ski_rental", "--json")
    copied, ruled = (json.loads(cloudflow(*asked, *options)[1]) for options in ((), ("--by-lifecycle",)))

    assert copied["optimum"]["cost_usd"] == ruled["optimum"]["cost_usd"]
    assert copied["policies"]["last_access"]["cost_usd"] == ruled["policies"]["last_access"]["cost_usd"]
    parts = [told["policies"]["ski_rental"]["split"]["transition"] for told in (copied, ruled)]
    assert parts[0] > 1.05 * parts[1]
    assert copied["price_book_hash"] != ruled["price_book_hash"]


def test_a_class_beyond_cold_is_used_when_asked_for(cloudflow, made):
    asked = ("backtest", made / "lake-1", "--prices", "gcs", "--policies", "cloudflow", "--json")
    tiers, all_of_them = (
        json.loads(cloudflow(*asked, *options)[1]) for options in ((), ("--beyond-cold", "--coldest", "ARCHIVE"))
    )

    assert all_of_them["optimum"]["cost_usd"] < 0.99 * tiers["optimum"]["cost_usd"]


def test_people_get_a_table(cloudflow, made):
    code, told, _ = cloudflow("backtest", made / "lake-scan-1", "--policies", "all_hot,ski_rental")

    assert 0 == code
    assert all(word in told for word in ("optimum", "all_hot", "ski_rental", "retrieval", "ratio"))
    assert "last_access" not in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--policies", "best"), "there is no policy best"),
        (("--prices", "ibm"), "there is no price book 'ibm'"),
        (("--coldest", "DEEP_ARCHIVE"), "DEEP_ARCHIVE is none of the classes used"),
        (("--prices", "gcs", "--coldest", "ARCHIVE"), "the classes used: STANDARD, NEARLINE, COLDLINE"),
    ],
)
def test_a_wrong_word_is_one_line(cloudflow, made, arguments, told):
    code, out, err = cloudflow("backtest", made / "lake-1", *arguments)

    assert (2, "", 1) == (code, out, err.count("\n"))
    assert told in err


def test_no_trace_is_one_line(cloudflow, tmp_path):
    code, _, err = cloudflow("backtest", tmp_path)

    assert (2, 1) == (code, err.count("\n"))
    assert "trace.json" in err


def test_an_unknown_family_is_one_line(cloudflow, tmp_path):
    code, _, err = cloudflow("traces", "make", tmp_path, "--families", "oracle")

    assert 2 == code
    assert "there are media, lake, kv, tenants, backup" in err
