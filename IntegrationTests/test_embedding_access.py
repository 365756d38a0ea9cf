"""Who may do what, where a program says so: Examples/Members, over every way in."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

from clients.answering import WAYS
from clients.commands import CommandClient
from clients.deadline import wait_until
from clients.http import HTTPClient, get, request, target
from clients.publishing import authorization, publish
from clients.refusal import assert_refused
from clients.server import BINARY, environment
from clients.streaming import LineClient
from clients.ws import WebSocketClient

MEMBERS = {"ann": "secret-of-ann", "bob": "secret-of-bob"}


class Program:
    """A running example."""

    def __init__(self, directory: Path, *options: str):
        self.output = directory / "output.txt"
        program = Path(os.environ.get("HALLEY_MEMBERS", BINARY.with_name("Members")))
        members = [word for name, secret in MEMBERS.items() for word in ("--member", f"{name}={secret}")]
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(program), "--port", "0", *members, *options], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, env=environment({"HALLEY_API_KEY": "test-key"}),
            )  # fmt: skip
        wait_until(lambda: self.process.poll() is not None or self._port(), "the program listens")
        self.port = self._port()

    def _port(self) -> int | None:
        match = re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.output.read_text(errors="replace"))
        return int(match.group(1)) if match else None

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


@pytest.fixture
def start_program(tmp_path):
    programs = []

    def start(*options: str) -> Program:
        programs.append(Program(tmp_path, *options))
        return programs[-1]

    yield start
    for program in programs:
        program.stop()


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    running = Program(tmp_path_factory.mktemp("program"))
    yield running
    running.stop()


def as_member(name: str | None) -> dict:
    return authorization(MEMBERS.get(name, name))


@pytest.mark.parametrize("way", [name for name in WAYS if name not in ("iframe", "jsonp")])
@pytest.mark.parametrize(
    ("who", "status", "code"),
    [("ann", 200, None), ("bob", 403, "forbidden"), ("guess", 403, "forbidden"), (None, 403, "forbidden")],
)
def test_a_member_reads_its_own_inbox(program, way, who, status, code):
    technique = WAYS[way]
    address = target("", topic="inbox:ann", timeout=1, **technique.query)[1:]
    with HTTPClient(program.port) as http:
        technique.send(http, address, as_member(who))
        response = http.head()
        assert (200 if response.status == 101 else response.status) == status
        if code:
            response.body = http.body(response.headers)
            assert_refused(response, status, code)


@pytest.mark.parametrize(("who", "status"), [("ann", 200), ("bob", 200), ("guess", 403), (None, 403)])
@pytest.mark.parametrize("form", ["one", "batch"])
def test_members_write_to_every_inbox(program, who, status, form):
    body = "x" if form == "one" else json.dumps({"publications": [{"topic": "inbox:bob", "data": "x"}]})
    address = target("/publish", topic="inbox:bob" if form == "one" else None)
    headers = as_member(who) | ({} if form == "one" else {"Content-Type": "application/json"})
    response = request(program, "POST", address, headers=headers, body=body)
    assert response.status == status
    if status == 403:
        assert_refused(response, 403, "forbidden")


@pytest.mark.parametrize("path", ["/history", "/presence"])
def test_history_and_presence_know_the_member(program, path):
    address = target(path, topic="inbox:ann")
    assert get(program, address, headers=as_member("ann")).status == 200
    assert_refused(get(program, address, headers=as_member("bob")), 403, "forbidden")


def test_commands_know_the_member(program):
    with CommandClient(program.port, headers=as_member("ann")) as client:
        client.subscribe("inbox:ann")
        assert client.refused(subscribe=[{"topic": "inbox:bob"}]) == "forbidden"
        client.ok(publish={"topic": "inbox:bob", "data": "x"})
        members = client.ok(presence={"topic": "inbox:ann"})["members"]
        assert [member["user"] for member in members] == ["ann"]
        # Bob may not have what Ann's connection has: nothing changes.
        assert client.refused(authenticate={"token": MEMBERS["bob"]}) == "forbidden"
        client.ok(history={"topics": ["inbox:ann"]})


def test_a_connection_becomes_a_member(program):
    with CommandClient(program.port) as client:
        assert client.refused(subscribe=[{"topic": "inbox:ann"}]) == "forbidden"
        client.ok(authenticate={"token": MEMBERS["ann"]})
        client.subscribe("inbox:ann")
        assert client.refused(authenticate={"token": "guess"}) in ("forbidden", "key_wrong")
        client.ok(history={"topics": ["inbox:ann"]})


def test_an_endpoint_knows_the_member(program):
    for who, name in [("ann", "ann"), (None, "nobody"), ("guess", "nobody")]:
        with WebSocketClient(program.port, path="/whoami", headers=as_member(who)) as client:
            assert client.message() == name


def test_two_members_behind_one_proxy_have_keys_of_their_own(program):
    ids = set()
    for who in MEMBERS:
        headers = as_member(who) | {"Idempotency-Key": "1"}
        response = request(program, "POST", target("/publish", topic="inbox:ann"), headers=headers, body=who)
        assert response.status == 200, response.body
        ids.add(response.json()["id"])
    assert len(ids) == 2


def test_streams_end_with_the_log_in(start_program):
    program = start_program("--session", "4")
    begun = time.monotonic()
    with LineClient(program.port, "inbox:ann", headers=as_member("ann")) as stream:
        with CommandClient(program.port, headers=as_member("ann")) as socket:
            socket.subscribe("inbox:ann")
            publish(program, "inbox:ann", data="x", key=MEMBERS["bob"])
            assert stream.next_event()["data"] == "x"
            end = stream.next_event()["end"]
            assert (end["code"], end["reason"]) == (4016, "credential expired")
            assert isinstance(end["retry"], int)
            closed = socket.socket.await_opcode(8)
            assert closed.code == 4016
    assert time.monotonic() - begun < 15
    refused = get(program, target("/stream", topic="inbox:ann"), headers=as_member("ann"))
    assert_refused(refused, 401, "credential_expired")
    # The key does not end.
    assert publish(program, "inbox:ann", data="y")
