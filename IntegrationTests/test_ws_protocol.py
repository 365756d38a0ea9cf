"""The handshake and the frames of RFC 6455, also broken ones."""

import contextlib
import struct

import pytest

from clients.connection import EndOfStream
from clients.http import HTTPClient, get, target
from clients.publishing import publish
from clients.refusal import assert_refused
from clients.ws import (
    Opcode,
    WebSocketClient,
    encode_frame,
    handshake_headers,
    ping_round_trip,
    read_frame,
    refused_handshake,
)


def test_the_answer_to_a_handshake(server, topic):
    with WebSocketClient(server.port, topic) as client:
        headers = client.response.headers
    assert headers.get("Upgrade").lower() == "websocket" and headers.get("Connection").lower() == "upgrade"
    assert not headers.has("Sec-WebSocket-Extensions") and not headers.has("Content-Length")


def test_a_plain_get_is_told_to_upgrade(server, topic):
    response = get(server, target("/ws", topic=topic))
    assert_refused(response, 426, "upgrade_required")
    assert response.headers.get("Upgrade").lower() == "websocket"


@pytest.mark.parametrize("key", [None, "", "short", "dGhlIHNhbXBsZSBub25jZQ", "!" * 24, "AAAA" * 8], ids=repr)
def test_a_bad_key_is_refused(server, topic, key):
    headers = handshake_headers(Sec_WebSocket_Key=key)
    assert_refused(refused_handshake(server, topic, headers=headers), 400)


@pytest.mark.parametrize("version", ["12", "8", "14", "x"])
def test_another_version_is_told_ours(server, topic, version):
    headers = handshake_headers(Sec_WebSocket_Version=version)
    response = refused_handshake(server, topic, headers=headers)
    assert_refused(response, 426, "upgrade_required")
    assert response.headers.get("Sec-WebSocket-Version") == "13"


@pytest.mark.parametrize("header", ["Connection", "Upgrade"])
def test_half_a_handshake_is_a_plain_get(server, topic, header):
    headers = handshake_headers(**{header: None})
    assert_refused(refused_handshake(server, topic, headers=headers), 426, "upgrade_required")


@pytest.mark.parametrize(
    "overrides",
    [{"Connection": "keep-alive, Upgrade"}, {"Connection": "upgrade", "Upgrade": "WebSocket"}],
    ids=["a list", "other case"],
)
def test_a_handshake_may_be_spelt_in_other_ways(server, topic, overrides):
    with WebSocketClient(server.port, topic, headers=overrides) as client:
        ping_round_trip(client)


def test_an_offered_extension_or_subprotocol_may_be_declined(server, topic):
    offers = {"Sec-WebSocket-Extensions": "permessage-deflate, x-unknown", "Sec-WebSocket-Protocol": "chat, soap"}
    with WebSocketClient(server.port, topic, headers=offers, format="raw") as client:
        assert client.response.headers.get("Sec-WebSocket-Protocol") is None
        publish(server, topic, data="x")
        assert client.message() == "x"


def test_what_cannot_be_subscribed_is_refused_before_the_handshake(server, topic):
    assert_refused(refused_handshake(server), 400, "topic_missing")
    assert_refused(refused_handshake(server, "$server"), 400, "topic_reserved")
    assert_refused(refused_handshake(server, topic, cursor="nonsense"), 400, "cursor_invalid")
    assert_refused(refused_handshake(server, topic, method="POST"), 405, "method_not_allowed")


def test_a_refused_handshake_closes_only_if_it_says_so(server):
    with HTTPClient(server.port) as client:
        refused = client.request("GET", "/ws", headers=handshake_headers())
        assert_refused(refused, 400, "topic_missing")
        if (refused.headers.get("Connection") or "").lower() == "close":
            assert client.closed()
        else:
            assert client.request("GET", "/healthz").text == "ok"


@pytest.mark.parametrize("payload", [b"", b"x", b"\x00\xff" * 62 + b"!"])
def test_a_ping_is_answered_with_its_payload(server, topic, payload):
    with WebSocketClient(server.port, topic) as client:
        ping_round_trip(client, payload)


def test_frames_that_come_with_the_handshake_are_taken(server, topic):
    with WebSocketClient(server.port, topic, early=encode_frame(Opcode.PING, b"early")) as client:
        assert client.await_opcode(Opcode.PONG).payload == b"early"


def test_a_frame_may_come_byte_by_byte(server, topic):
    with WebSocketClient(server.port, topic) as client:
        for byte in encode_frame(Opcode.TEXT, b"x" * 200) + encode_frame(Opcode.PING, b"p"):
            client.http.connection.send(bytes([byte]))
        assert client.await_opcode(Opcode.PONG).payload == b"p"


def test_an_unasked_pong_is_passed_over(server, topic):
    with WebSocketClient(server.port, topic) as client:
        client.send(Opcode.PONG, b"unasked")
        ping_round_trip(client)


def test_fragments_with_a_ping_between_are_taken(server, topic):
    eagle = "🦅".encode()
    with WebSocketClient(server.port, topic) as client:
        client.send(Opcode.TEXT, b"a" + eagle[:2], fin=False)
        ping_round_trip(client)
        client.send(Opcode.CONTINUATION, b"", fin=False)
        client.send(Opcode.CONTINUATION, eagle[2:])
        ping_round_trip(client)


def assert_closed(client: WebSocketClient, *codes: int):
    assert client.await_opcode(Opcode.CLOSE).code in codes
    assert client.ended()


BROKEN = {
    "not masked": encode_frame(Opcode.TEXT, b"x", masked=False),
    "a reserved bit": encode_frame(Opcode.TEXT, b"x", reserved=4),
    "another reserved bit": encode_frame(Opcode.BINARY, b"x", reserved=1),
    "a reserved opcode": encode_frame(3, b"x"),
    "a reserved control opcode": encode_frame(11),
    "a continuation of nothing": encode_frame(Opcode.CONTINUATION, b"x"),
    "a message within a message": encode_frame(Opcode.TEXT, b"a", fin=False) + encode_frame(Opcode.TEXT, b"b"),
    "a fragmented ping": encode_frame(Opcode.PING, b"x", fin=False),
    "a ping that is too long": encode_frame(Opcode.PING, b"x" * 126),
    "a close frame that is too long": encode_frame(Opcode.CLOSE, b"\x03\xe8" + b"x" * 124),
    "half a close code": encode_frame(Opcode.CLOSE, b"\x03"),
    **{
        f"close code {code}": encode_frame(Opcode.CLOSE, struct.pack(">H", code))
        for code in [0, 999, 1004, 1005, 1006, 1015, 5000, 65535]
    },
}


@pytest.mark.parametrize("frames", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_frame_closes_with_1002(server, topic, frames):
    with WebSocketClient(server.port, topic) as client:
        client.http.connection.send(frames)
        assert_closed(client, 1002)


BAD_TEXT = {
    "whole": encode_frame(Opcode.TEXT, b"a\xff"),
    "at the end": encode_frame(Opcode.TEXT, b"a\xe2\x82"),
    "a surrogate": encode_frame(Opcode.TEXT, b"\xed\xa0\x80"),
    "in the first fragment, before the others came": encode_frame(Opcode.TEXT, b"\xff", fin=False),
    "over two fragments": encode_frame(Opcode.TEXT, b"\xe2", fin=False) + encode_frame(0, b"\x28", fin=False),
}


@pytest.mark.parametrize("frames", BAD_TEXT.values(), ids=BAD_TEXT.keys())
def test_text_that_is_not_utf8_closes_with_1007(server, topic, frames):
    with WebSocketClient(server.port, topic) as client:
        client.http.connection.send(frames)
        assert_closed(client, 1007)


def test_a_reason_for_closing_that_is_not_utf8_is_refused(server, topic):
    with WebSocketClient(server.port, topic) as client:
        client.send(Opcode.CLOSE, b"\x03\xe8\xff")
        assert_closed(client, 1002, 1007)


def test_a_message_beyond_all_bounds_closes_before_it_comes(server, topic):
    for opcode, length in [(Opcode.BINARY, 1 << 40), (Opcode.TEXT, 1 << 62)]:
        with WebSocketClient(server.port, topic) as client:
            client.send(opcode, b"", length=length)
            assert_closed(client, 1009)


def test_a_length_with_the_highest_bit_closes(server, topic):
    with WebSocketClient(server.port, topic) as client:
        client.send(Opcode.BINARY, b"", length=1 << 63)
        assert_closed(client, 1002, 1009)


def test_fragments_that_never_end_do_no_harm(server, topic):
    """Either they are passed over, or the message is too big."""
    with WebSocketClient(server.port, topic) as client:
        with contextlib.suppress(ConnectionError):
            client.send(Opcode.BINARY, b"x" * 1000, fin=False)
            piece = encode_frame(Opcode.CONTINUATION, b"x" * 60_000, fin=False)
            for _ in range(50):
                client.http.connection.send(piece)
            client.send(Opcode.PING, b"end")
        with contextlib.suppress(EndOfStream):
            frame = client.frame()
            assert frame.payload == b"end" or frame.code == 1009
    assert server.alive


@pytest.mark.parametrize("code", [1000, 1001, 1011, 3000, 3001, 4999])
def test_a_close_is_answered_with_its_code(server, topic, code):
    with WebSocketClient(server.port, topic) as client:
        client.send_close(code, "tschüß".encode())
        assert client.await_opcode(Opcode.CLOSE).code == code
        assert client.ended()


def test_a_close_without_a_code_is_answered(server, topic):
    with WebSocketClient(server.port, topic) as client:
        client.send_close(None)
        assert_closed(client, None, 1000)


def test_nothing_is_sent_after_the_close_frame(server, topic):
    with WebSocketClient(server.port, topic, format="raw") as client:
        client.send_close(1000)
        publish(server, topic, data="late")
        frames = []
        with contextlib.suppress(EndOfStream):
            while True:
                frames.append(read_frame(client.http.connection))
    assert frames[-1].opcode == Opcode.CLOSE


def test_a_client_that_answers_pings_stays(start_server, topic):
    server = start_server("--ping-interval", "0.2", "--pong-timeout", "1")
    with WebSocketClient(server.port, topic, format="raw") as client:
        for _ in range(5):
            client.send(Opcode.PONG, client.await_opcode(Opcode.PING).payload)
        publish(server, topic, data="x")
        assert client.message() == "x"


def test_a_client_that_answers_no_ping_is_closed(start_server, topic):
    server = start_server("--ping-interval", "0.2", "--pong-timeout", "0.5")
    with WebSocketClient(server.port, topic) as client:
        client.await_opcode(Opcode.PING)
        assert client.await_opcode(Opcode.CLOSE).code == 4003
        assert client.ended()
