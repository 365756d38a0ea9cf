"""What asks for another protocol, and what comes right behind it."""

import re

import pytest

from clients.commands import SUBPROTOCOL
from clients.connection import Connection
from clients.http import HTTPClient, encode_request, get, target
from clients.pipeline import answered, assert_lives, question
from clients.publishing import held, history
from clients.ws import Opcode, encode_frame, handshake_headers, read_frame

HOST = "Host: 127.0.0.1\r\n"

# Fields that ask for a protocol in a way that leads to none.
ASKING = {
    "no Upgrade": "Connection: upgrade\r\n",
    "no Upgrade, among others": "Connection: keep-alive, Upgrade\r\n",
    "no Upgrade, two fields": "Connection: keep-alive\r\nconnection: UPGRADE\r\n",
    "no Upgrade, tabs": "Connection:\tupgrade\t\r\n",
    "an empty Upgrade": "Connection: upgrade\r\nUpgrade:\r\n",
    "a protocol that is not spoken": "Connection: upgrade\r\nUpgrade: h2c, TLS/1.0\r\n",
    "a proxy's field": "Proxy-Connection: upgrade\r\nUpgrade: websocket\r\n",
    "a proxy's field that ends": "Proxy-Connection: close\r\n",
    "no Connection": "Upgrade: websocket\r\n",
    "a Connection that is no list": "Connection: upgrade; x\r\nUpgrade: websocket\r\n",
}
# The request line, further fields, the body, and the status.
REQUESTS = {
    "GET": ("GET /healthz", "", "", 200),
    "HEAD": ("HEAD /healthz", "", "", 200),
    "OPTIONS": ("OPTIONS /healthz", "", "", 204),
    "DELETE": ("DELETE /history?topic=a", "", "", 401),
    "POST": ("POST /publish?topic=demo:asking", "Content-Length: 5\r\n", "hello", 200),
    "POST in chunks": (
        "POST /publish?topic=demo:asking", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n", 200,
    ),
    "POST to nothing": ("POST /nope", "Content-Length: 5\r\n", "hello", 404),
    "a poll": ("GET /poll?topic=demo:asking", "", "", 200),
    "no handshake": ("GET /ws?topic=a", "Sec-WebSocket-Version: 13\r\n", "", 426),
}  # fmt: skip


@pytest.mark.parametrize("asking", ASKING.values(), ids=ASKING.keys())
@pytest.mark.parametrize(("line", "fields", "body", "status"), REQUESTS.values(), ids=REQUESTS.keys())
def test_who_asks_for_nothing_that_is_there_goes_on_with_http(server, line, fields, body, status, asking):
    request = f"{line} HTTP/1.1\r\n{HOST}{asking}{fields}\r\n{body}".encode()
    with HTTPClient(server.port) as client:
        client.connection.send(request + question(server, "behind") + request)
        assert client.response(head_only=line.startswith("HEAD")).status == status
        assert answered(client) == "behind"
        assert client.response(head_only=line.startswith("HEAD")).status == status
        assert_lives(client)


@pytest.mark.parametrize("connection", ["upgrade, close", "close,\tupgrade", "Close\r\nConnection: Upgrade"])
def test_who_asks_for_the_end_too_gets_one_answer(server, connection):
    with HTTPClient(server.port) as client:
        request = f"GET /healthz HTTP/1.1\r\n{HOST}Connection: {connection}\r\n\r\n".encode()
        client.connection.send(request + question(server, "behind"))
        assert client.response().text == "ok"
        assert client.closed()


SPELLINGS = [
    {"Connection": "Upgrade\t"}, {"Connection": "\tUpgrade"}, {"Connection": "Upgrade \t \t"},
    {"Connection": "keep-alive,\tUpgrade\t"}, {"Connection": ",,upgrade"}, {"Upgrade": "\twebsocket\t"},
    {"Connection": "UPGRADE", "Upgrade": "WebSocket"}, {"Connection": "Upgrade"},
]  # fmt: skip
# Each begins with a byte that has a reserved bit of a frame set.
BEHIND = {
    "GET": "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "POST": "POST /publish?topic={topic} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
    "DELETE": "DELETE /history?topic={topic} HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "HTTP/2": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


def shake_hands(connection: Connection, server, topic: str, fields: dict, behind: bytes):
    """The handshake, and what comes behind it in the same packet. Reads up to the answer's end."""
    request = encode_request("GET", target("/ws", topic=topic), server.port, handshake_headers() | fields)
    connection.send(request + behind)
    assert connection.take_through(b"\r\n\r\n").startswith(b"HTTP/1.1 101 ")


@pytest.mark.parametrize("behind", BEHIND.values(), ids=BEHIND.keys())
@pytest.mark.parametrize("fields", SPELLINGS, ids=repr)
def test_a_request_behind_a_handshake_is_no_frame(server, topic, fields, behind):
    topic = f"demo:{topic}"
    with Connection(server.port) as peer:
        shake_hands(peer, server, topic, fields, behind.format(topic=topic).encode())
        assert read_frame(peer).code == 1002
        peer.half_close()
        assert peer.take_rest() == b""
    assert history(server, topic)["messages"] == []


@pytest.mark.parametrize("protocol", [None, SUBPROTOCOL])
@pytest.mark.parametrize("fields", SPELLINGS, ids=repr)
def test_frames_behind_a_handshake_count(server, topic, fields, protocol):
    fields = fields | {"Sec-WebSocket-Protocol": protocol}
    frames = encode_frame(Opcode.PING, b"1") + encode_frame(Opcode.PING, b"2")
    with Connection(server.port) as peer:
        shake_hands(peer, server, topic, fields, frames)
        pongs = [frame.payload for frame in (read_frame(peer) for _ in range(3 if protocol else 2))]
        # Who commands is greeted first.
        assert pongs[-2:] == [b"1", b"2"]


@pytest.mark.parametrize("lead", ["\r\n", "\r\n\r\n\r\n"], ids=["an empty line", "three empty lines"])
def test_empty_lines_before_a_handshake_do_no_harm(server, topic, lead):
    with HTTPClient(server.port) as client:
        handshake = encode_request("GET", target("/ws", topic=topic), server.port, handshake_headers())
        client.connection.send(question(server, "before") + lead.encode() + handshake + encode_frame(Opcode.PING, b"1"))
        assert answered(client) == "before"
        assert client.response().status == 101
        assert read_frame(client.connection).payload == b"1"


def test_a_handshake_behind_a_publication_comes_after_it(server, topic):
    topic = f"demo:{topic}"
    publication = encode_request("POST", target("/publish", topic=topic), server.port, body="first")
    handshake = encode_request("GET", target("/ws", topic=topic, cursor="earliest"), server.port, handshake_headers())
    with HTTPClient(server.port) as client:
        client.connection.send(publication + handshake)
        id = client.response().json()["id"]
        assert client.response().status == 101
        assert re.search(rb'"id":"([^"]+)"', read_frame(client.connection).payload).group(1).decode() == id
    assert held(server, topic) == ["first"]
    assert get(server, "/healthz").status == 200
