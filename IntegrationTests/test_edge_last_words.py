"""After a last word, the client's or the server's, no command is executed: not of the same packet, and not of a later one."""

import contextlib
import json
import signal
import struct

import pytest

from clients.commands import SUBPROTOCOL, CommandClient
from clients.connection import EndOfStream
from clients.publishing import history, publish
from clients.sse import subscribe
from clients.ws import Opcode, WebSocketClient, encode_frame


def command(number: int, **what) -> bytes:
    return encode_frame(Opcode.TEXT, json.dumps({"id": number} | what).encode())


def publications(topic: str, count: int = 3) -> bytes:
    return b"".join(command(100 + index, publish={"topic": topic, "data": index}) for index in range(count))


def speaker(server, **options) -> WebSocketClient:
    return WebSocketClient(server.port, headers={"Sec-WebSocket-Protocol": SUBPROTOCOL}, **options)


# What ends the connection, and the code of the server's close frame.
ENDS = {
    "a binary message": (encode_frame(Opcode.BINARY, b"x"), 1003),
    "an empty binary message": (encode_frame(Opcode.BINARY), 1003),
    "a binary message in parts": (
        encode_frame(Opcode.BINARY, b"x", fin=False) + encode_frame(Opcode.CONTINUATION, b"y"), 1003,
    ),
    "a binary message that is a command": (encode_frame(Opcode.BINARY, b'{"id":1,"ping":{}}'), 1003),
    "an unknown opcode": (encode_frame(3), 1002), "an unknown opcode of control": (encode_frame(11), 1002),
    "a reserved bit": (encode_frame(Opcode.TEXT, b"{}", reserved=4), 1002),
    "no mask": (encode_frame(Opcode.TEXT, b"{}", masked=False), 1002),
    "a continuation of nothing": (encode_frame(Opcode.CONTINUATION, b"x"), 1002),
    "a ping in parts": (encode_frame(Opcode.PING, b"x", fin=False), 1002),
    "a ping that is too long": (encode_frame(Opcode.PING, b"x" * 126), 1002),
    "a message inside a message": (encode_frame(Opcode.TEXT, b"x", fin=False) + encode_frame(Opcode.TEXT, b"y"), 1002),
    "text that is none": (encode_frame(Opcode.TEXT, b'{"id":1,"ping":"\xff"}'), 1007),
    "a message that is too big": (encode_frame(Opcode.TEXT, b"", length=1 << 20), 1009),
    "its own close": (encode_frame(Opcode.CLOSE, struct.pack(">H", 1000)), 1000),
    "its own close with a reason": (encode_frame(Opcode.CLOSE, struct.pack(">H", 4000) + b"bye"), 4000),
    "a close of one byte": (encode_frame(Opcode.CLOSE, b"x"), 1002),
    "a close with a code that is none": (encode_frame(Opcode.CLOSE, struct.pack(">H", 999)), 1002),
}  # fmt: skip


def replies_until_close(client: WebSocketClient) -> tuple[list[dict], int]:
    """What the server says, up to its close frame, and the code of that."""
    replies = []
    while (frame := client.frame()).opcode != Opcode.CLOSE:
        if frame.opcode == Opcode.TEXT:
            replies.append(json.loads(frame.payload))
    return replies, frame.code


@pytest.mark.parametrize(("end", "code"), ENDS.values(), ids=ENDS.keys())
def test_commands_behind_the_end_are_not_executed(server, topic, end, code):
    topic = f"demo:{topic}"
    with speaker(server) as client:
        before = publications(topic, 2)
        client.http.connection.send(before + end + publications(topic) + command(9, ping={}))
        replies, closed = replies_until_close(client)
        assert closed == code
        # The hello; of what came before the end the replies may be cut off, of what came after it there are none.
        assert "hello" in replies[0]
        assert {reply["reply"] for reply in replies[1:]} <= {100, 101}
        with contextlib.suppress(OSError):
            client.http.connection.send(publications(topic) + encode_frame(Opcode.CLOSE, struct.pack(">H", 1000)))
        assert client.http.closed()
    assert [message["data"] for message in history(server, topic)["messages"]] in ([], [0], [0, 1])


@pytest.mark.parametrize(("end", "code"), ENDS.values(), ids=ENDS.keys())
def test_commands_in_the_packet_of_the_handshake_are_not_executed_behind_the_end(server, topic, end, code):
    topic = f"demo:{topic}"
    with speaker(server, early=end + publications(topic)) as client:
        replies, closed = replies_until_close(client)
        assert (len(replies), closed) == (1, code)
    assert history(server, topic)["messages"] == []


@pytest.mark.parametrize(("end", "code"), ENDS.values(), ids=ENDS.keys())
def test_commands_after_the_close_frame_are_not_executed(server, topic, end, code):
    """The close frame of the server has been read; then the client says more."""
    topic = f"demo:{topic}"
    with speaker(server) as client:
        client.http.connection.send(end)
        assert client.await_opcode(Opcode.CLOSE).code == code
        with contextlib.suppress(OSError):
            for _ in range(3):
                client.http.connection.send(publications(topic))
        client.ended()
    assert history(server, topic)["messages"] == []


def test_commands_before_the_end_are_executed_once_and_in_order(server, topic):
    topic = f"demo:{topic}"
    with speaker(server) as client:
        client.http.connection.send(publications(topic, 10))
        replies = [json.loads(client.message()) for _ in range(11)]
        assert [reply.get("reply") for reply in replies] == [None, *range(100, 110)]
        client.http.connection.send(encode_frame(Opcode.BINARY, b"x") + publications(topic))
        assert client.await_opcode(Opcode.CLOSE).code == 1003
    assert [message["data"] for message in history(server, topic)["messages"]] == list(range(10))


def test_the_peer_that_was_silent_is_not_obeyed_afterwards(start_server, topic):
    server = start_server("--demo", "--ping-interval", "0.5", "--pong-timeout", "0.5")
    topic = f"demo:{topic}"
    with speaker(server) as client:
        assert client.await_opcode(Opcode.CLOSE).code == 4003
        with contextlib.suppress(OSError):
            client.http.connection.send(publications(topic))
        client.ended()
    assert history(server, topic)["messages"] == []


def end_of(client: WebSocketClient) -> int:
    return client.await_opcode(Opcode.CLOSE).code


@pytest.mark.parametrize("close", [b"", encode_frame(Opcode.CLOSE, struct.pack(">H", 1001))], ids=["no close", "a close"])
def test_commands_during_a_drain_are_not_executed_after_the_close_frame(start_server, topic, close):
    """Connections end in the order in which they came, so the last one sees what the first one does after its end."""
    topic = f"demo:{topic}"
    server = start_server("--demo", "--drain", "5", "--threads", "1")
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(speaker(server))
        for _ in range(60):
            stack.enter_context(subscribe(server, "other"))
        witness = stack.enter_context(subscribe(server, topic))
        publish(server, topic, data="before")
        server.signal(signal.SIGTERM)
        assert end_of(client) == 1001
        client.http.connection.send(close + publications(topic))
        client.ended()
        assert [block.data for block in witness.rest() if block.data is not None] == ["before"]
    assert server.await_exit(7) == 0


def test_commands_in_flight_while_a_drain_begins_are_executed_or_not_but_never_after_the_close(start_server, topic):
    """A client that publishes all the time: what it was answered is there, and what it was not answered is one more at most."""
    topic = f"demo:{topic}"
    server = start_server("--demo", "--drain", "5", "--threads", "1")
    with contextlib.ExitStack() as stack:
        client = stack.enter_context(CommandClient(server.port))
        for _ in range(30):
            stack.enter_context(subscribe(server, "other"))
        witness = stack.enter_context(subscribe(server, topic))
        answered = 0
        with pytest.raises(EndOfStream):
            while True:
                if answered == 20:
                    server.signal(signal.SIGTERM)
                client.ok(publish={"topic": topic, "data": answered})
                answered += 1
        seen = [json.loads(block.data) for block in witness.rest() if block.data is not None]
        assert seen in ([*range(answered)], [*range(answered + 1)])
    assert server.await_exit(7) == 0
