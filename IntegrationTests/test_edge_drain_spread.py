"""A stop ends the connections one after the other, so that their clients don't all come back at once."""

import contextlib
import selectors
import signal
import time

import pytest

from clients.commands import CommandClient
from clients.deadline import PATIENCE, Deadline
from clients.http import HTTPClient, target
from clients.polling import await_subscribers
from clients.publishing import publish
from clients.sse import subscribe
from clients.streaming import LineClient
from clients.ws import WebSocketClient

DRAIN = 4


def _events(server, topic: str):
    return subscribe(server, topic).http


def _lines(server, topic: str):
    http = HTTPClient(server.port)
    LineClient(server.port, topic, http=http)
    return http


def _socket(server, topic: str):
    return WebSocketClient(server.port, topic).http


def _commands(server, topic: str):
    return CommandClient(server.port, topic).socket.http


def _kept_alive(server, topic: str):
    client = HTTPClient(server.port)
    assert client.request("GET", "/healthz").text == "ok"
    return client


def _long_poll(server, topic: str):
    client = HTTPClient(server.port)
    client.send("GET", target("/longpoll", topic=topic, timeout=60))
    return client


KINDS = {
    "events": _events,
    "lines": _lines,
    "sockets": _socket,
    "commands": _commands,
    "kept alive": _kept_alive,
    "long polls": _long_poll,
}
WAITING = {"events", "lines", "sockets", "commands", "long polls"}


def ends(clients: list[HTTPClient]) -> tuple[dict[int, float], dict[int, float]]:
    """When each was told something, and when it was closed, in seconds from now on, by the file numbers."""
    started, deadline, told, closed = time.monotonic(), Deadline(DRAIN + 3), {}, {}
    with selectors.DefaultSelector() as selector:
        for client in clients:
            client.connection.socket.setblocking(False)
            selector.register(client.connection.socket, selectors.EVENT_READ)
        while selector.get_map():
            assert not deadline.passed, f"{len(selector.get_map())} are left"
            for key, _ in selector.select(0.1):
                data, now = _received(key.fileobj), time.monotonic() - started
                told.setdefault(key.fd, now)
                if not data:
                    closed[key.fd] = now
                    selector.unregister(key.fileobj)
    return told, closed


def _received(socket) -> bytes:
    try:
        return socket.recv(1 << 16)
    except ConnectionError:
        return b""


def most_at_once(times: list[float]) -> int:
    """The most of them within a tenth of a second."""
    return max(sum(start <= other < start + 0.1 for other in times) for start in times)


@contextlib.contextmanager
def stopped(start_server, topic: str, kinds: dict[str, int]):
    """A server with one loop and so many connections of each kind, which has just been told to stop."""
    server = start_server("--threads", 1, "--drain", DRAIN)
    publish(server, topic, data="before")
    with contextlib.ExitStack() as stack:
        clients = {kind: [KINDS[kind](server, topic) for _ in range(count)] for kind, count in kinds.items()}
        for client in sum(clients.values(), []):
            stack.enter_context(client)
        await_subscribers(server, topic, sum(count for kind, count in kinds.items() if kind in WAITING))
        server.signal(signal.SIGTERM)
        yield server, clients


# How many of each kind there are.
MIXES = {
    "kept alive": {"kept alive": 100},
    "events and kept alive": {"events": 50, "kept alive": 50},
    "sockets": {"sockets": 100},
    "all": {kind: 25 for kind in KINDS},
}


@pytest.mark.parametrize("kinds", MIXES.values(), ids=MIXES.keys())
def test_connections_go_one_after_the_other(start_server, topic, kinds):
    with stopped(start_server, topic, kinds) as (server, clients):
        files = {kind: [client.connection.socket.fileno() for client in clients[kind]] for kind in kinds}
        told, closed = ends(sum(clients.values(), []))
        assert max(closed.values()) < DRAIN * PATIENCE
        # They have about two seconds: those of no kind go all at once.
        assert max(told.values()) > min(told.values()) + 0.8
        for kind, count in kinds.items():
            times = [told[file] for file in files[kind]]
            assert most_at_once(times) <= count / 2, f"{kind}: {sorted(round(time, 2) for time in times)}"
    assert server.await_exit(2) == 0
