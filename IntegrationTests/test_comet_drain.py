"""What the clients of each technique are told when the server stops."""

import contextlib
import signal
import time

import pytest

from clients.http import target
from clients.iframe import IframeClient
from clients.jsonp import answer_of
from clients.multipart import PartClient
from clients.polling import PollClient, answer, await_subscribers
from clients.publishing import Publisher, publish
from clients.slow import RECEIVE_BUFFER, payload
from clients.streaming import LineClient, greeted

DRAIN = 3
CLIENTS = 12

STREAMS = {
    "stream": lambda port, topic: LineClient(port, topic),
    "mixed": lambda port, topic: PartClient(port, topic),
    "x-mixed-replace": lambda port, topic: PartClient(port, topic, multipart="x-mixed-replace"),
    "iframe": lambda port, topic: IframeClient(port, topic),
    "HTTP/1.0": lambda port, topic: LineClient(port, topic, version="1.0"),
}
each = pytest.mark.parametrize("kind", STREAMS)


@pytest.fixture
def server(start_server):
    return start_server("--drain", DRAIN, "--allow-origin", "*")


@contextlib.contextmanager
def crowd(server, kind: str, topic: str):
    with contextlib.ExitStack() as stack:
        yield [greeted(stack.enter_context(STREAMS[kind](server.port, topic))) for _ in range(CLIENTS)]


@each
def test_the_last_that_a_stream_says_is_its_end(server, topic, kind):
    with crowd(server, kind, topic) as clients, Publisher(server.port) as publisher:
        for number in range(20):
            publisher.publish(topic, data=str(number))
        server.signal(signal.SIGTERM)
        retries = []
        for client in clients:
            *events, end = client.rest()
            assert [event["data"] for event in events] == [str(number) for number in range(20)]
            assert list(end) == ["end"] and list(end["end"]) == ["code", "reason", "retry"]
            assert (end["end"]["code"], end["end"]["reason"]) == (4001, "server draining")
            assert client.ended_cleanly, "cut instead of ended"
            retries.append(end["end"]["retry"])
    assert min(retries) > 0 and len(set(retries)) >= CLIENTS / 4, retries
    assert server.await_exit(DRAIN + 2) == 0


def test_the_document_of_a_frame_is_closed(server, topic):
    with crowd(server, "iframe", topic) as clients:
        server.signal(signal.SIGTERM)
        for client in clients:
            client.rest()
            assert client.source.decode().strip().lower().endswith("</html>")
    assert server.await_exit(DRAIN + 2) == 0


@pytest.mark.parametrize("callback", [None, "f"], ids=["JSON", "JSONP"])
def test_a_long_poll_is_answered_and_the_connection_closed(server, topic, callback):
    cursor = publish(server, topic, data="before")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(PollClient(server.port)) for _ in range(CLIENTS)]
        for client in clients:
            client.send("/longpoll", topic, cursor=cursor, timeout=60, callback=callback)
        await_subscribers(server, topic, CLIENTS)
        server.signal(signal.SIGTERM)
        for client in clients:
            response = client.response()
            document = answer_of(response, callback) if callback else answer(response)
            assert document == {"cursor": cursor, "messages": []}
            assert client.http.closed()
    assert server.await_exit(DRAIN + 2) == 0


def test_what_is_published_last_still_answers_a_long_poll(server, topic):
    cursor = publish(server, topic, data="before")
    with PollClient(server.port) as client:
        client.send("/longpoll", topic, cursor=cursor, timeout=60)
        await_subscribers(server, topic, 1)
        publish(server, topic, data="last")
        server.signal(signal.SIGTERM)
        assert [message["data"] for message in answer(client.response())["messages"]] == ["last"]
    assert server.await_exit(DRAIN + 2) == 0


def test_a_connection_that_only_polls_now_and_then_is_closed(server, topic):
    with PollClient(server.port) as client:
        assert client.answer("/poll", topic)["messages"] == []
        server.signal(signal.SIGTERM)
        assert client.http.closed()
    assert server.await_exit(DRAIN + 2) == 0


def test_requests_behind_a_long_poll_hold_nothing_up(server, topic):
    cursor = publish(server, topic, data="before")
    with PollClient(server.port) as client:
        for _ in range(5):
            client.send("/longpoll", topic, cursor=cursor, timeout=60)
        await_subscribers(server, topic, 1)
        server.signal(signal.SIGTERM)
        assert answer(client.response())["messages"] == []
        assert server.await_exit(DRAIN + 2) == 0


@each
def test_who_does_not_read_holds_nothing_up(start_server, topic, kind):
    server = start_server("--drain", DRAIN, "--allow-origin", "*", "--send-limit", "64KiB")
    path, query = {
        "stream": ("/stream", {}),
        "mixed": ("/stream", {"multipart": "mixed"}),
        "x-mixed-replace": ("/stream", {"multipart": "x-mixed-replace"}),
        "iframe": ("/iframe", {"callback": "f"}),
        "HTTP/1.0": ("/stream", {}),
    }[kind]
    with PollClient(server.port, receive_buffer=RECEIVE_BUFFER) as client, Publisher(server.port) as publisher:
        address = target(path, topic=topic, **query)
        client.http.send("GET", address, version="1.0" if kind == "HTTP/1.0" else "1.1")
        assert client.http.head().status == 200
        for number in range(200):
            publisher.publish(topic, data=payload(number))
        started = time.monotonic()
        server.signal(signal.SIGTERM)
        assert server.await_exit(DRAIN + 2) == 0
        assert time.monotonic() - started < DRAIN + 2
