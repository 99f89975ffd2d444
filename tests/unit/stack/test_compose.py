"""docker-compose.yaml is right by the specification's own schema, and keeps the promises of its first lines."""

import importlib.util
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml
from pydantic import SecretStr

from cloudflow_lib.settings import Settings

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yaml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
SCHEMA = json.loads((Path(__file__).parent / "compose_spec" / "compose-spec.json").read_text())
REQUIRED = re.compile(r"\$\{(\w+):\?")
DEFAULTED = re.compile(r"\$\{\w+(?::-([^}]*)|:\?[^}]*)?\}")
USED = re.compile(r"(?<!\$)\$\{(\w+)(:[-?])?")


@pytest.fixture(scope="module")
def generated():
    spec = importlib.util.spec_from_file_location("make_env", ROOT / "deployment" / "docker" / "make_env.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_follows_the_compose_specification():
    errors = jsonschema.Draft7Validator(SCHEMA).iter_errors(COMPOSE)

    assert [] == [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in errors]


def test_the_schema_is_not_one_that_allows_everything():
    wrong = {"services": {"mongo": {"image": "mongo:8", "helthcheck": {}}}}

    assert not jsonschema.Draft7Validator(SCHEMA).is_valid(wrong)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_nothing_is_published_beyond_this_machine(name):
    assert [] == [port for port in SERVICES[name].get("ports", []) if not port.startswith("127.0.0.1:")]


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_a_service_says_how_it_is_or_ends_by_itself(name):
    service = SERVICES[name]

    assert ("healthcheck" in service) == (service["restart"] == "unless-stopped")


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_who_waits_waits_for_something_that_can_come_true(name):
    for target, need in SERVICES[name].get("depends_on", {}).items():
        awaited = SERVICES[target]
        assert set(awaited["profiles"]) >= set(SERVICES[name]["profiles"]), f"{target} is not in the profile of {name}"
        wanted = "service_healthy" if "healthcheck" in awaited else "service_completed_successfully"
        assert wanted == need["condition"], f"{name} waits for {target}"


def test_only_the_api_server_has_the_role_of_the_api():
    with_role = [name for name, one in SERVICES.items() if "CLOUDFLOW_ROLE" in one.get("environment", {})]

    assert ["airflow-api"] == with_role


def test_the_four_processes_of_airflow_share_one_configuration():
    names = ["airflow-api", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-init"]
    environments = [
        {key: value for key, value in SERVICES[name]["environment"].items() if key != "CLOUDFLOW_ROLE"}
        for name in names
    ]

    assert all(environments[0] == other for other in environments)


def test_what_it_mounts_is_declared():
    for name, service in SERVICES.items():
        mounted = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert mounted <= set(COMPOSE["volumes"]), name
        assert {secret["source"] for secret in service.get("secrets", [])} <= set(COMPOSE["secrets"]), name


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if "secrets" in service])
def test_a_secret_is_a_file_that_the_image_s_user_alone_may_read(name):
    """Left out, they are root's and 0444: the keyring refuses a file that others may read."""
    user = re.search(r"--uid (\d+) cloudflow", (ROOT / "deployment" / "docker" / "Dockerfile").read_text()).group(1)

    for secret in SERVICES[name]["secrets"]:
        assert (user, user, 0o400) == (secret["uid"], secret["gid"], secret["mode"]), secret["source"]


@pytest.mark.parametrize("name", [name for name, service in SERVICES.items() if "secrets" in service])
def test_the_platform_reads_every_setting_that_stands_in_it(name, monkeypatch):
    """A name that no setting has is ignored in the environment, and said by nobody."""
    given = {key: DEFAULTED.sub(r"\1", str(value)) for key, value in SERVICES[name]["environment"].items()}
    monkeypatch.setenv("CLOUDFLOW_CONFIG", "/dev/null")
    for key, value in given.items():
        if key.startswith("CLOUDFLOW_"):
            monkeypatch.setenv(key, value)
    settings = Settings()

    for key, value in given.items():
        if not key.startswith("CLOUDFLOW_") or key == "CLOUDFLOW_ROLE":
            continue
        found = settings
        for part in key.removeprefix("CLOUDFLOW_").lower().split("__"):
            found = getattr(found, part)
        read = found.get_secret_value() if isinstance(found, SecretStr) else found
        assert value in (str(read), json.dumps([str(one) for one in read]) if isinstance(read, tuple) else ""), key


@pytest.mark.parametrize("name", ["airflow-scheduler", "airflow-dag-processor"])
def test_who_answers_people_goes_first_as_in_the_embedded_stack(name):
    embedded = yaml.safe_load(
        (ROOT / "deployment" / "embedded" / "process-compose.yaml").read_text().replace("${", "{")
    )
    words = embedded["processes"][name]["entrypoint"]
    place = words.index("nice")

    assert words[place : place + 3] == SERVICES[name]["command"][:3]


def test_no_secret_has_a_default(generated):
    secret = set(generated.values()) - {"COMPOSE_PROFILES"}
    with_default = {name for name, kind in USED.findall(TEXT) if kind == ":-"}

    assert set() == secret & with_default


def test_the_generated_env_file_answers_every_question(generated):
    values = generated.values()
    from_secrets = {secret["environment"] for secret in COMPOSE["secrets"].values()}

    assert set(REQUIRED.findall(TEXT)) | from_secrets | {"COMPOSE_PROFILES"} == set(values)
    assert all("'" not in value and "\n" not in value for value in values.values())  # they stand in single quotes


def test_the_env_file_names_every_profile(generated):
    profiles = {profile for service in SERVICES.values() for profile in service["profiles"]}

    assert profiles == set(generated.values()["COMPOSE_PROFILES"].split(","))


def test_the_env_file_is_private_and_never_overwritten(generated, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generated, "ENV_FILE", tmp_path / ".env")

    assert 0 == generated.main()
    first = (tmp_path / ".env").read_text()
    assert 1 == generated.main()

    assert first == (tmp_path / ".env").read_text()
    assert 0o600 == (tmp_path / ".env").stat().st_mode & 0o777
    assert "remove it" in capsys.readouterr().out


def test_every_file_the_image_copies_exists_and_is_let_through():
    copied = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (ROOT / "deployment" / "docker" / "Dockerfile").read_text(), re.MULTILINE
    )
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}

    for source in " ".join(copied).split():
        assert (ROOT / source).exists(), source
        assert any(source == one or source.startswith(f"{one}/") for one in allowed), source
