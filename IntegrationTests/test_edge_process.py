"""Whatever comes on one connection, the process lives and the others are served."""

import contextlib

import pytest

from clients.connection import Connection
from clients.deadline import wait_until
from clients.http import AUTHORIZED, HTTPClient, encode_request, get, target
from clients.publishing import held, publish
from clients.refusal import assert_refused
from clients.ws import handshake_headers, read_frame

HOST = "Host: 127.0.0.1\r\n"
HEALTH = f"GET /healthz HTTP/1.1\r\n{HOST}\r\n".encode()

# The first request, and the statuses of both answers.
PAIRS = {
    "an upgrade to nothing": (f"GET /healthz HTTP/1.1\r\n{HOST}Connection: upgrade\r\n\r\n", [200, 200]),
    "an upgrade to nothing, POST": (
        f"POST /publish?topic=demo:x HTTP/1.1\r\n{HOST}Connection: Upgrade\r\nContent-Length: 1\r\n\r\nx", [200, 200],
    ),
    "an upgrade to nothing where nothing is": (f"GET /nope HTTP/1.1\r\n{HOST}Connection: upgrade\r\n\r\n", [404, 200]),
    "an upgrade that is not offered": (
        f"GET /healthz HTTP/1.1\r\n{HOST}Connection: upgrade\r\nUpgrade: h2c, foo\r\n\r\n", [200, 200],
    ),
    "an upgrade of a stranger's field": (
        f"GET /healthz HTTP/1.1\r\n{HOST}Proxy-Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", [200, 200],
    ),
    "the end, for a stranger's field": (f"GET /healthz HTTP/1.1\r\n{HOST}Proxy-Connection: close\r\n\r\n", [200, 200]),
    "a handshake without a key": (
        f"GET /ws?topic=a HTTP/1.1\r\n{HOST}Connection: Upgrade\t\r\nUpgrade: websocket\r\n\r\n", [426, 200],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("first", "statuses"), PAIRS.values(), ids=PAIRS.keys())
def test_a_second_request_in_the_same_packet_is_answered(server, first, statuses):
    with HTTPClient(server.port) as client:
        client.connection.send(first.encode() + HEALTH)
        assert [client.response().status for _ in statuses] == statuses
        assert client.request("GET", "/healthz").text == "ok"
    assert server.alive


def test_nothing_goes_through_a_tunnel(server):
    with HTTPClient(server.port) as client:
        client.connection.send(f"CONNECT a:1 HTTP/1.1\r\n{HOST}Content-Length: 5\r\n\r\n".encode() + HEALTH)
        assert_refused(client.response(), 501, "method_unsupported")
        assert client.closed()


@pytest.mark.parametrize("connection", ["Upgrade", "Upgrade\t", "Upgrade \t ", "keep-alive,\tUpgrade", "\tupgrade"])
def test_what_follows_a_handshake_is_no_request(server, topic, connection):
    """Its first byte sets reserved bits and an opcode that there is not."""
    headers = handshake_headers(Connection=connection)
    with Connection(server.port) as peer:
        peer.send(encode_request("GET", target("/ws", topic=topic), server.port, headers) + HEALTH)
        assert peer.take_through(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")
        assert read_frame(peer).code == 1002
        peer.half_close()
        assert peer.take_rest() == b""
    assert get(server, "/healthz").status == 200


@pytest.mark.parametrize("count", [3000])
def test_requests_behind_a_long_poll_are_answered_in_order(server, topic, count):
    poll = encode_request("GET", target("/longpoll", topic=topic, timeout=2), server.port)
    with HTTPClient(server.port) as client:
        client.connection.send(poll + HEALTH * 100)
        # The rest does not fit what a connection may hold: it is sent while the answers are read.
        client.connection.socket.setblocking(False)
        rest = memoryview(HEALTH * (count - 100))
        rest = rest[send_some(client.connection.socket, rest) :]
        client.connection.socket.setblocking(True)
        assert client.response().json()["messages"] == []
        answered = 0
        while rest:
            client.connection.send(bytes(rest[:5000]))
            rest = rest[5000:]
            for _ in range(50):
                assert client.response().text == "ok"
                answered += 1
        for _ in range(count - answered):
            assert client.response().text == "ok"


def send_some(socket, data) -> int:
    sent = 0
    try:
        while sent < len(data):
            sent += socket.send(data[sent:])
    except BlockingIOError:
        pass
    return sent


TOO_MUCH = 64 << 20
# More than a connection may hold and the kernel's buffers together.
HELD_AT_MOST = 24 << 20

FLOODS = {
    "behind a tunnel": (f"CONNECT a:1 HTTP/1.1\r\n{HOST}\r\n", b"x" * 65536),
    "behind a stranger's upgrade": (
        f"GET /healthz HTTP/1.1\r\n{HOST}Proxy-Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", b"x" * 65536,
    ),
    "behind a long poll": (f"GET /longpoll?topic=nobody&timeout=30 HTTP/1.1\r\n{HOST}\r\n", HEALTH * 1000),
    "behind an event stream": (f"GET /sse?topic=nobody HTTP/1.1\r\n{HOST}\r\n", b"x" * 65536),
    "in a body that nobody wants": (
        f"GET /longpoll?topic=nobody&timeout=30 HTTP/1.1\r\n{HOST}Content-Length: 1000000000\r\n\r\n", b"x" * 65536,
    ),
    "in a chunk without an end": (
        f"POST /publish?topic=demo:x HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 65536,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("head", "flood"), FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_is_not_kept(server, head, flood):
    before = server.resident_bytes
    with Connection(server.port, timeout=1) as peer:
        peer.send(head.encode())
        sent = 0
        try:
            while sent < TOO_MUCH:
                peer.send(flood)
                sent += len(flood)
        except (TimeoutError, ConnectionError):
            pass
        assert get(server, "/healthz").status == 200
        assert server.resident_bytes - before < HELD_AT_MOST
        # The end of the peer makes the channel read what the kernel holds.
        with contextlib.suppress(OSError):
            peer.half_close()
        assert get(server, "/healthz").status == 200
        assert server.resident_bytes - before < HELD_AT_MOST


def test_a_history_that_nobody_reads_is_not_read_again_and_again(start_server, topic):
    server = start_server("--demo")
    for _ in range(60):
        publish(server, topic, data="x" * 10_000)
    page = encode_request("GET", target("/history", topic=topic, limit=1000), server.port)
    with HTTPClient(server.port, receive_buffer=16 * 1024) as client:
        before = server.resident_bytes
        client.connection.send(page * 300)
        for _ in range(20):
            assert get(server, "/healthz").status == 200
        assert server.resident_bytes - before < HELD_AT_MOST
        for _ in range(300):
            assert len(client.response().json()["messages"]) == 60


def test_what_waits_behind_an_answer_is_not_begun_when_its_reader_has_gone(start_server, topic):
    server = start_server("--threads", 1)
    topics = [f"{topic}-{index}" for index in range(5)]
    for name in topics:
        for _ in range(16):
            publish(server, name, data="x" * 60_000)
    page = encode_request("GET", target("/history", topic=topics, limit=1000), server.port)
    posts = b"".join(
        encode_request("POST", target("/publish", topic=topic), server.port, AUTHORIZED, str(index)) for index in range(200)
    )
    with Connection(server.port, receive_buffer=4096) as peer:
        peer.send(page * 2 + posts)
        wait_until(lambda: peer.take(1), "the first byte of the first answer")
        assert held(server, topic) == []
        peer.reset()
    for _ in range(20):
        assert get(server, "/healthz").status == 200
    assert held(server, topic) == []


def test_an_endless_list_of_topics_holds_nobody_up(start_server):
    server = start_server("--demo")
    for names in ([f"demo:{index}" for index in range(20_000)], ["demo:x"] * 20_000):
        body = '{"publications":[{"topics":["' + '","'.join(names) + '"],"data":1}]}'
        with HTTPClient(server.port) as client, HTTPClient(server.port) as other:
            client.connection.timeout = 2
            client.send("POST", "/publish", headers={"Content-Type": "application/json"}, body=body)
            assert other.request("GET", "/healthz").text == "ok"
            assert client.response().json()["error"]["code"] == "too_many_topics"


def test_two_thousand_clients_that_go_without_a_word_leave_nothing(start_server, topic):
    server = start_server("--demo")
    files = server.open_files
    for index in range(2000):
        connection = Connection(server.port)
        connection.send([HEALTH, HEALTH[:-2], HEALTH * 20, b"", b"POST /publish"][index % 5])
        connection.reset()
    wait_until(lambda: server.open_files <= files + 2, "the connections to be given up")
    assert get(server, "/healthz").status == 200
