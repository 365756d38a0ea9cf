"""Hosts, origins, and how many connections and requests one may make."""

import contextlib
import socket

import pytest

from clients.deadline import wait_until
from clients.http import HTTPClient, get, request, target
from clients.publishing import Publisher, publish
from clients.refusal import assert_refused
from clients.sse import SSEClient, subscribe
from clients.ws import WebSocketClient, handshake_headers, read_frame, refused_handshake

APP = "https://app.example"
FOREIGN = "https://elsewhere.example"


@pytest.fixture(scope="module")
def guarded(start_module_server):
    return start_module_server("--allow-origin", APP, "--allow-host", "push.example", "--allow-host", "other.example")


def origins(server) -> dict:
    return {"same": server.url, "allowed": APP, "foreign": FOREIGN, "null": "null"}


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "push.example", "PUSH.example", "other.example"])
def test_a_host_that_is_ours(guarded, host):
    for name in [host, f"{host}:{guarded.port}"]:
        assert get(guarded, "/healthz", headers={"Host": name}).status == 200, name


@pytest.mark.parametrize("host", ["evil.example", "push.example.evil.example", "notpush.example", ""])
def test_a_host_that_is_not_ours(guarded, host):
    """A page that rebinds its own name to our address must not be let in."""
    for path in ["/sse?topic=t", "/history?topic=t", "/publish?topic=t"]:
        method = "POST" if "publish" in path else "GET"
        response = request(guarded, method, path, headers={"Host": host})
        assert response.status in ((421, 400) if host == "" else (421,))
        assert_refused(response, response.status, "host_refused", "bad_request")


@pytest.mark.parametrize("origin", ["same", "allowed"])
def test_an_origin_that_may_publish(guarded, topic, origin):
    headers = {"Origin": origins(guarded)[origin]}
    assert publish(guarded, topic, data="x", headers=headers)


@pytest.mark.parametrize("origin", ["foreign", "null"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/publish"), ("DELETE", "/history")])
def test_an_origin_that_may_not_change_anything(guarded, topic, origin, method, path):
    headers = {"Origin": origins(guarded)[origin], "Authorization": "Bearer test-key"}
    response = request(guarded, method, target(path, topic=topic), headers=headers, body="x")
    assert_refused(response, 403, "origin_refused")


@pytest.mark.parametrize("path", ["/sse", "/history"])
def test_an_allowed_origin_is_named_in_the_answer(guarded, topic, path):
    with HTTPClient(guarded.port) as client:
        client.send("GET", target(path, topic=topic), headers={"Origin": APP})
        head = client.head()
    assert head.status == 200
    assert head.headers.get("Access-Control-Allow-Origin") == APP
    assert head.headers.get("Access-Control-Allow-Credentials") == "true"
    assert "origin" in head.headers.get("Vary").lower()


@pytest.mark.parametrize("origin", ["foreign", "null"])
@pytest.mark.parametrize("path", ["/sse", "/history"])
def test_what_a_foreign_origin_reads_is_withheld_by_the_browser(guarded, topic, path, origin):
    with HTTPClient(guarded.port) as client:
        client.send("GET", target(path, topic=topic), headers={"Origin": origins(guarded)[origin]})
        head = client.head()
    assert head.status == 200
    assert not head.headers.has("Access-Control-Allow-Origin")


@pytest.mark.parametrize("origin", ["same", "allowed"])
def test_an_origin_that_may_open_a_websocket(guarded, topic, origin):
    with WebSocketClient(guarded.port, topic, headers={"Origin": origins(guarded)[origin]}) as client:
        publish(guarded, topic, data="x")
        assert client.json()["data"] == "x"


@pytest.mark.parametrize("origin", ["foreign", "null"])
def test_an_origin_that_may_not_open_a_websocket(guarded, topic, origin):
    headers = handshake_headers() | {"Origin": origins(guarded)[origin]}
    assert_refused(refused_handshake(guarded, topic, headers=headers), 403, "origin_refused")


def test_the_same_host_on_another_port_is_another_origin(guarded, topic):
    headers = handshake_headers(Origin=f"http://127.0.0.1:{guarded.port ^ 1}")
    assert_refused(refused_handshake(guarded, topic, headers=headers), 403, "origin_refused")


@pytest.mark.parametrize(
    "limit",
    [["--max-connections", "5"], ["--max-connections-per-address", "5", "--limit-loopback"]],
    ids=["in total", "per address"],
)
def test_too_many_connections(start_server, topic, limit):
    server = start_server(*limit)
    with contextlib.ExitStack() as held:
        clients = [held.enter_context(subscribe(server, topic)) for _ in range(5)]
        assert_refused(get(server, "/healthz"), 503, "overloaded")
        assert_ended_with_retry(server, topic)
        assert_websocket_refused(server, topic)
        clients[0].close()
        wait_until(lambda: get(server, "/healthz").status == 200, "a place that became free")


def assert_ended_with_retry(server, topic):
    """An `EventSource` comes back from a stream that ends, but from no status other than 200."""
    with SSEClient(server.port, topic) as client:
        blocks = client.rest()
        assert blocks[-1].retry > 0 and client.ended_cleanly


def assert_websocket_refused(server, topic):
    """Either before the handshake or by a close frame."""
    with HTTPClient(server.port) as http:
        response = http.request("GET", target("/ws", topic=topic), headers=handshake_headers())
        if response.status == 101:
            assert read_frame(http.connection).code == 1013
        else:
            assert_refused(response, 503, "overloaded")


def test_an_address_over_its_limit_locks_nobody_out(start_server, topic):
    """Silent connections of one address, far more than it may have, and as many as there may be in all."""
    server = start_server("--max-connections", "60", "--max-connections-per-address", "10", "--limit-loopback")
    with contextlib.ExitStack() as held:
        for _ in range(80):
            greedy = held.enter_context(socket.socket())
            greedy.bind(("127.0.0.2", 0))
            greedy.connect(("127.0.0.1", server.port))
        for _ in range(9):
            held.enter_context(subscribe(server, topic))
        assert get(server, "/healthz").status == 200


def test_the_rate_counts_what_is_in_a_batch(start_server, topic):
    server = start_server("--publish-rate", "10", "--limit-loopback")
    with Publisher(server.port) as publisher:
        assert publisher.post_batch([{"topic": topic, "data": "x"}] * 60).status == 200
        for refused in [publisher.post(topic, data="x"), publisher.post_batch([{"topic": topic, "data": "x"}])]:
            assert_refused(refused, 429, "too_many_requests")
            assert int(refused.headers.get("Retry-After")) >= 4


def test_loopback_has_no_limit_per_address_unless_asked(start_server, topic):
    server = start_server("--max-connections-per-address", "2", "--publish-rate", "2")
    with contextlib.ExitStack() as held, Publisher(server.port) as publisher:
        for _ in range(5):
            held.enter_context(subscribe(server, topic))
        for _ in range(20):
            publisher.publish(topic, data="x")


def test_publishing_too_often(start_server, topic):
    server = start_server("--publish-rate", "5", "--limit-loopback")
    with Publisher(server.port) as publisher:
        answers = [publisher.post(topic, data="x") for _ in range(100)]
        refused = [answer for answer in answers if answer.status != 200]
        assert 1 <= len(answers) - len(refused) <= 60
        for answer in refused:
            assert_refused(answer, 429, "too_many_requests")
            assert int(answer.headers.get("Retry-After")) >= 1
        wait_until(lambda: publisher.post(topic, data="x").status == 200, "the rate to allow one again")
