"""The command line takes what people and files are called as it is, and says in one line what is wrong."""

import httpx
import pytest

from cloudflow_cli import main, output
from cloudflow_cli.airflow_client import AirflowClient
from cloudflow_cli.commands.events import parse_since
from cloudflow_cli.commands.places import _secret
from cloudflow_lib.errors import CloudFlowError, WrongInputError
from cloudflow_lib.settings import AirflowSettings


@pytest.mark.parametrize("text", ["99999999999999d", "9999999d", "²d", "0001-01-01T00:00+14:00x"])
def test_a_time_that_cannot_be_is_wrong_usage(text):
    with pytest.raises(WrongInputError, match="write 15m, 2h"):
        parse_since(text)


@pytest.mark.parametrize("name", ["report[old].csv", "a[/b].txt", "[red]x"])
def test_a_table_shows_names_as_they_are(name, capsys, monkeypatch):
    monkeypatch.setattr(output.console, "_width", 200)
    output.print_rows(f"Files of {name}", ["file"], [(name,)])

    assert 2 == capsys.readouterr().out.count(name)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    with pytest.raises(SystemExit) as ended:
        main.run(
            ["traces", "make", str(tmp_path / "taken"), "--families=kv", "--objects=10", "--days=20", "--history=5"]
        )

    assert 2 == ended.value.code
    assert "cannot write" in capsys.readouterr().err


def test_a_secret_ends_where_its_line_ends(tmp_path):
    (tmp_path / "secret").write_text("s3cret\n")

    assert "s3cret" == _secret(None, tmp_path / "secret", "secret_access_key")


def test_a_secret_that_is_no_text_is_wrong_usage(tmp_path):
    (tmp_path / "secret").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(WrongInputError, match="cannot read the secret"):
        _secret(None, tmp_path / "secret", "secret_access_key")


def test_an_address_where_something_else_answers_is_told(monkeypatch):
    wire = httpx.MockTransport(lambda _: httpx.Response(200, html="<html>another server</html>"))
    monkeypatch.setattr(httpx, "Client", lambda **given: _CLIENT(**given, transport=wire))

    with pytest.raises(CloudFlowError, match="is no Airflow"), AirflowClient(AirflowSettings()):
        pass


_CLIENT = httpx.Client
