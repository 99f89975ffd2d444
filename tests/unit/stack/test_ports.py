"""Ports: chosen, remembered, and refused in one line when they are taken."""

import socket

import pytest

from cloudflow_cli.stack.ports import Ports, choose_ports, refuse_taken_ports, remember_ports
from cloudflow_lib.errors import CloudFlowError, WrongInputError


@pytest.fixture
def remembered(tmp_path):
    return tmp_path / "ports.json"


def test_the_first_start_uses_the_defaults(remembered):
    assert Ports() == choose_ports(remembered, {})


def test_an_offset_shifts_every_port(remembered):
    shifted = choose_ports(remembered, {}, 100).model_dump()

    assert {name: port + 100 for name, port in Ports().model_dump().items()} == shifted


def test_an_offset_of_the_environment_counts_as_one_of_the_command_line(remembered):
    assert choose_ports(remembered, {}, 7) == choose_ports(remembered, {"CLOUDFLOW_PORT_OFFSET": "7"})


def test_a_port_named_in_the_environment_is_taken_as_it_is(remembered):
    ports = choose_ports(remembered, {"CLOUDFLOW_PORT_KAFKA": "19092"}, 100)

    assert (19092, 8180) == (ports.kafka, ports.airflow)


def test_chosen_ports_are_remembered(remembered):
    remember_ports(remembered, choose_ports(remembered, {"CLOUDFLOW_PORT_S3_CLASSES": "6000"}, 50))

    assert (6000, 8130) == (choose_ports(remembered, {}).s3_classes, choose_ports(remembered, {}).airflow)


def test_an_offset_of_zero_brings_the_defaults_back(remembered):
    remember_ports(remembered, choose_ports(remembered, {}, 50))

    assert Ports() == choose_ports(remembered, {}, 0)


@pytest.mark.parametrize(
    ("environ", "offset", "complaint"),
    [
        ({"CLOUDFLOW_PORT_S3": "many"}, None, "CLOUDFLOW_PORT_S3 is 'many', which is no number"),
        ({"CLOUDFLOW_PORT_OFFSET": "x"}, None, "CLOUDFLOW_PORT_OFFSET is 'x', which is no number"),
        ({"CLOUDFLOW_PORT_S3": "70000"}, None, "70000 cannot be the port of s3: ports go from 1 to 65535"),
        ({}, 60000, "68080 cannot be the port of airflow: ports go from 1 to 65535"),
        ({"CLOUDFLOW_PORT_S3": "8080"}, None, "airflow and s3 cannot both have port 8080"),
    ],
)
def test_an_impossible_choice_is_named(remembered, environ, offset, complaint):
    with pytest.raises(WrongInputError, match=complaint):
        choose_ports(remembered, environ, offset)


@pytest.fixture
def free_ports():
    """As many different free ports as the stack has."""
    probes = [socket.socket() for _ in Ports.model_fields]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    numbers = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return Ports(**dict(zip(Ports.model_fields, numbers, strict=True)))


def test_free_ports_are_accepted(free_ports):
    refuse_taken_ports(free_ports)


def test_a_taken_port_is_named_with_its_service_its_user_and_the_way_out(free_ports):
    with socket.create_server(("127.0.0.1", free_ports.kafka)), pytest.raises(CloudFlowError) as refused:
        refuse_taken_ports(free_ports)

    told = str(refused.value)
    assert told.startswith(f"port {free_ports.kafka}, wanted by kafka, is taken by ")
    assert "(pid " in told
    assert told.endswith("set CLOUDFLOW_PORT_KAFKA to a free one, or shift all with --port-offset")
    assert "\n" not in told
