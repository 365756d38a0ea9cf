"""HTTP/1.x as clients use it."""

import pytest

from clients.http import AUTHORIZED, HTTPClient, encode_chunked, encode_request, get, request, target
from clients.publishing import held, history
from clients.refusal import assert_refused

PUBLISH = AUTHORIZED | {"Content-Type": "text/plain"}


def test_a_connection_is_kept_alive(server):
    with HTTPClient(server.port) as client:
        assert [client.request("GET", "/healthz").text for _ in range(5)] == ["ok"] * 5


def test_a_refusal_keeps_the_connection_alive(server):
    with HTTPClient(server.port) as client:
        assert client.request("GET", "/nope").status == 404
        assert client.request("POST", "/publish", body="x" * 1000).status in (400, 401)
        assert client.request("GET", "/healthz").status == 200


def test_connection_close_closes_after_the_answer(server):
    with HTTPClient(server.port) as client:
        assert client.request("GET", "/healthz", headers={"Connection": "close"}).text == "ok"
        assert client.closed()


def test_http_1_0_closes_after_the_answer(server):
    with HTTPClient(server.port) as client:
        response = client.request("GET", "/healthz", version="1.0")
        assert response.text == "ok" and not response.headers.has("Transfer-Encoding")
        assert client.closed()


def test_http_1_0_may_ask_to_be_kept_alive(server):
    with HTTPClient(server.port) as client:
        response = client.request("GET", "/healthz", headers={"Connection": "keep-alive"}, version="1.0")
        assert response.text == "ok"
        if (response.headers.get("Connection") or "").lower() == "keep-alive":
            assert client.request("GET", "/healthz").text == "ok"


def test_twenty_requests_in_one_write_are_answered_in_order(server, topic):
    address = target("/publish", topic=topic)
    requests = [encode_request("POST", address, server.port, PUBLISH, str(index)) for index in range(20)]
    with HTTPClient(server.port) as client:
        client.connection.send(b"".join(requests))
        ids = [client.response().json()["id"] for _ in range(20)]
    messages = history(server, topic)["messages"]
    assert [message["id"] for message in messages] == ids
    assert [message["data"] for message in messages] == [str(index) for index in range(20)]


def test_pipelined_requests_of_many_kinds_are_answered_in_order(server, topic):
    kinds = [
        ("GET", "/healthz", 200), ("HEAD", "/healthz", 200), ("GET", "/nope", 404), ("POST", "/healthz", 405),
        ("GET", target("/history", topic=topic), 200), ("GET", "/sse", 400),
    ]  # fmt: skip
    with HTTPClient(server.port) as client:
        client.connection.send(b"".join(encode_request(method, path, server.port) for method, path, _ in kinds * 3))
        for method, path, status in kinds * 3:
            assert client.response(head_only=method == "HEAD").status == status, path


def test_a_request_may_come_byte_by_byte(server, topic):
    with HTTPClient(server.port) as client:
        for byte in encode_request("POST", target("/publish", topic=topic), server.port, PUBLISH, "grün".encode()):
            client.connection.send(bytes([byte]))
        assert client.response().status == 200
    assert held(server, topic) == ["grün"]


def test_head_is_get_without_a_body(server):
    with HTTPClient(server.port) as client:
        full, head = client.request("GET", "/healthz"), client.request("HEAD", "/healthz")
        assert head.status == 200
        assert head.headers.get("Content-Length") == str(len(full.body))
        assert client.request("GET", "/healthz").text == "ok"


@pytest.mark.parametrize("path", ["/publish", "/history"])
def test_a_preflight_of_the_demo_is_answered(server, path):
    method = "POST" if path == "/publish" else "DELETE"
    asked = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    response = request(server, "OPTIONS", path, headers=asked)
    assert response.status in (200, 204)
    assert response.headers.get("Access-Control-Allow-Origin") == "*"
    assert method in response.headers.get("Access-Control-Allow-Methods")
    allowed = response.headers.get("Access-Control-Allow-Headers").lower()
    # With a star, `authorization` must be named all the same (Fetch, “CORS-preflight fetch”).
    assert {"authorization", "content-type", "idempotency-key"} <= {name.strip() for name in allowed.split(",")}


def test_a_body_may_be_announced_and_is_asked_for(server, topic):
    headers = PUBLISH | {"Expect": "100-continue", "Content-Length": "5"}
    with HTTPClient(server.port) as client:
        client.send("POST", target("/publish", topic=topic), headers=headers)
        assert client.head().status == 100
        client.connection.send(b"hello")
        assert client.response().status == 200
    assert held(server, topic) == ["hello"]


@pytest.mark.parametrize(
    ("headers", "statuses"),
    [(AUTHORIZED | {"Content-Length": str(1 << 30)}, {413, 417}), ({"Content-Length": "5"}, {401, 100})],
    ids=["too large", "no key"],
)
def test_an_announced_body_can_be_refused_before_it_is_sent(server, topic, headers, statuses):
    with HTTPClient(server.port) as client:
        client.send("POST", target("/publish", topic=topic), headers=headers | {"Expect": "100-continue"})
        assert client.head().status in statuses


def test_a_body_may_be_chunked(server, topic):
    chunked = PUBLISH | {"Transfer-Encoding": "chunked"}
    body = encode_chunked(b"he", b"l" * 2, b"o", trailer=b"X-Checksum: 1\r\n")
    with HTTPClient(server.port) as client:
        client.send("POST", target("/publish", topic=topic), headers=chunked, body=body)
        assert client.response().status == 200
        assert client.request("GET", "/healthz").text == "ok"
    assert held(server, topic) == ["hello"]


def test_chunk_extensions_are_passed_over(server, topic):
    headers = PUBLISH | {"Transfer-Encoding": "chunked"}
    body = b'2;name="value"\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'
    assert request(server, "POST", target("/publish", topic=topic), headers=headers, body=body).status == 200
    assert held(server, topic) == ["hello"]


NOT_ALLOWED = [
    ("POST", "/iframe", {"GET"}),
    ("DELETE", "/sse", {"GET", "POST"}),
    ("POST", "/ws", {"GET"}),
    ("GET", "/publish", {"POST"}),
    ("PUT", "/publish", {"POST"}),
    ("POST", "/history", {"GET", "DELETE"}),
    ("POST", "/topics", {"GET"}),
    ("DELETE", "/healthz", {"GET"}),
    ("POST", "/readyz", {"GET"}),
    ("PATCH", "/healthz", {"GET"}),
]


@pytest.mark.parametrize(("method", "path", "allowed"), NOT_ALLOWED)
def test_another_method_is_told_which_are_allowed(server, method, path, allowed):
    response = request(server, method, path, body="" if method != "GET" else None)
    assert_refused(response, 405, "method_not_allowed")
    assert allowed <= {name.strip() for name in response.headers.get("Allow").split(",")}


@pytest.mark.parametrize("path", ["/nope", "/sse/", "/publish/x", "//", "/../etc/passwd", "/healthz%00", "/SSE"])
def test_an_unknown_path_is_not_found(server, path):
    assert_refused(get(server, path), 404, "not_found")


def test_an_offered_h2c_upgrade_is_passed_over(server):
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"}
    with HTTPClient(server.port) as client:
        assert client.request("GET", "/healthz", headers=headers).text == "ok"
        assert client.request("GET", "/healthz").text == "ok"


def test_health(server):
    assert (get(server, "/healthz").status, get(server, "/healthz").text) == (200, "ok")
    assert (get(server, "/readyz").status, get(server, "/readyz").text) == (200, "ready")


def test_the_target_may_be_absolute(server):
    assert get(server, f"{server.url}/healthz").status == 200
