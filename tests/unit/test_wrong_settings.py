"""A setting that is wrong is told in one line, without its value: it may be a secret."""

import pytest

from cloudflow_cli import main
from cloudflow_lib import bootstrap
from tests.cli.answers import assert_one_line


class Answer:
    def __init__(self, told):
        self.stdout, self.stderr = told


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Ask `cloudflow` with a settings file and variables; return its exit code and what it says."""

    def once(text="", **environment):
        (tmp_path / "cloudflow.toml").write_text(text)
        monkeypatch.setenv("CLOUDFLOW_CONFIG", str(tmp_path / "cloudflow.toml"))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        bootstrap.settings.cache_clear()
        with pytest.raises(SystemExit) as ended:
            main.run(["events", "tail", "--no-follow", "--since", "1h"])
        return ended.value.code, Answer(capsys.readouterr())

    yield once
    bootstrap.settings.cache_clear()


@pytest.mark.parametrize(
    ("text", "environment", "words"),
    [
        ("", {"CLOUDFLOW_SMTP__PORT": "s3cret"}, "smtp.port"),
        ("", {"CLOUDFLOW_TRANSFER": "{s3cret"}, "transfer"),
        ("[smtp]\nport = 's3cret'", {}, "smtp.port"),
        ("[smtp]\nhots = 's3cret'", {}, "smtp.hots"),
        ("[kafak]\nbootstrap_servers = 's3cret'", {}, "kafak"),
        ("[mongo\nurl = 's3cret'", {}, "line 1"),
        ("[classification]\nhot_within_days = nan", {}, "classification.hot_within_days"),
        ("[classification]\nlogs_late_days = 1e12", {}, "classification.logs_late_days"),
    ],
)
def test_a_wrong_setting_is_one_line(ask, text, environment, words):
    code, answer = ask(text, **environment)

    assert 2 == code
    assert_one_line(answer)
    assert words in answer.stderr
    assert "cloudflow.toml" in answer.stderr
    assert "s3cret" not in answer.stderr


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_settings_file_that_is_named_but_is_none_is_told(ask, tmp_path, name):
    code, answer = ask(CLOUDFLOW_CONFIG=str(tmp_path / name))

    assert 2 == code
    assert_one_line(answer)
    assert "CLOUDFLOW_CONFIG names no file" in answer.stderr
    assert str(tmp_path / name) in answer.stderr
