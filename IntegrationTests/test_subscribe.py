"""`halley subscribe` with servers that misbehave, and at a terminal."""

import json

import pytest

from clients import scripted
from clients.cli import Follower, run
from clients.deadline import wait_until
from clients.publishing import publish
from clients.scripted import ScriptedServer
from clients.terminal import OnTerminal

REFUSED = 77
# Sets a window's title, turns to red (by one byte of the C1 set), deletes, goes back to the line's beginning.
COMMANDS = "a\x1b]0;title\x07b\x9b31mc\x7f\rd"
ESCAPED = r"a\u001b]0;title\u0007b\u009b31mc\u007f\u000dd"


def test_control_characters_are_escaped_on_a_terminal(server, topic):
    publish(server, topic, data=COMMANDS)
    publish(server, topic, data="tab\tand\nline")
    with OnTerminal("subscribe", topic, "--cursor", "earliest", "--url", server.url) as terminal:
        shown = terminal.await_text(b"line\r\n").decode()
    assert shown == f"{ESCAPED}\r\ntab\tand\r\nline\r\n"


def test_an_envelope_on_a_terminal_stays_the_same_json(server, topic):
    publish(server, topic, data=COMMANDS)
    with OnTerminal("subscribe", topic, "--json", "--cursor", "earliest", "--url", server.url) as terminal:
        shown = terminal.await_text(b"}\r\n").decode()
    assert json.loads(shown)["data"] == COMMANDS
    assert not set(shown) & set("\x1b\x07\x9b\x7f")


def test_a_program_reads_what_was_published(server, topic, tmp_path):
    publish(server, topic, data="a\x1b[31mb\x9b\x7f")
    with Follower(tmp_path, server, topic, "--cursor", "earliest") as follower:
        assert follower.await_lines(1) == ["a\x1b[31mb\x9b\x7f"]


def test_the_words_of_a_server_are_escaped_too(topic):
    body = json.dumps({"error": {"code": "forbidden", "message": "no \x1b[31mway\x9b"}}).encode()
    with (
        ScriptedServer(lambda connection: scripted.refuse(connection, body)) as server,
        OnTerminal("subscribe", topic, "--url", server.url) as terminal,
    ):
        assert rb"no \u001b[31mway\u009b" in terminal.await_text(b"\r\n")
        assert terminal.process.wait(20) == REFUSED


def test_a_server_that_says_nothing_any_more_is_left(topic, tmp_path):
    def script(connection):
        scripted.begin_events(connection)
        scripted.await_end(connection)

    with ScriptedServer(script) as server, Follower(tmp_path, server, topic, "--heartbeat", "100ms") as follower:
        wait_until(lambda: server.connections > 1, "another connection")
        assert "said nothing" in follower.errors


@pytest.mark.parametrize(("code", "reason"), [(1008, "not allowed"), (4012, "not allowed")])
def test_who_may_not_come_back_ends(topic, code, reason):
    def script(connection):
        scripted.upgrade(connection)
        scripted.close(connection, code, reason)
        scripted.await_end(connection)

    with ScriptedServer(script) as server:
        done = run("subscribe", topic, "--transport", "ws", "--url", server.url)
        assert done.returncode == REFUSED
        assert str(code) in done.stderr and reason in done.stderr
        assert server.connections == 1


def test_a_last_line_that_forbids_to_come_back_is_obeyed(topic):
    def script(connection):
        scripted.request(connection)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n"
            b'{"hello":{"cursor":"e-1"}}\n{"end":{"code":4012,"reason":"not allowed"}}\n'
        )

    with ScriptedServer(script) as server:
        done = run("subscribe", topic, "--transport", "stream", "--url", server.url)
        assert done.returncode == REFUSED and "4012" in done.stderr
        assert server.connections == 1
