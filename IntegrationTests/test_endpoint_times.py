"""What an endpoint's connection does with peers that are slow, silent or stuck, on real sockets."""

import select
import threading

import pytest
from clients.connection import EndOfStream
from clients.deadline import PATIENCE
from clients.example import running
from clients.talk import MEBIBYTE
from clients.ws import Opcode, WebSocketClient, encode_frame, read_frame
from websockets.sync.client import connect

SIZE = 64 * 1024
COUNT = 1024
SMALL_BUFFER = 16 * 1024


def payload(number: int) -> bytes:
    return bytes([number % 16]) * SIZE


FRAMES = [encode_frame(Opcode.BINARY, payload(number)) for number in range(16)]


def send_until_stuck(client: WebSocketClient) -> tuple[int, bytes]:
    """How many messages went out before the socket took no more, and what is left of the last of them."""
    socket = client.http.connection.socket
    socket.setblocking(False)
    for number in range(COUNT):
        rest = memoryview(FRAMES[number % 16])
        while rest:
            if not select.select([], [socket], [], PATIENCE)[1]:
                return number + 1, bytes(rest)
            rest = rest[socket.send(rest) :]
    raise AssertionError(f"{COUNT * SIZE // MEBIBYTE} MiB were taken of a peer that reads nothing")


def test_a_slow_reader_is_waited_for(tmp_path):
    """The endpoint's send suspends, so it asks for no more messages, so its socket is not read: nothing piles up. When
    the peer reads again, all goes on, and nothing is lost."""
    with running("Conformance", tmp_path) as server:
        with WebSocketClient(server.port, path="/echo", receive_buffer=SMALL_BUFFER) as client:
            sent, rest = send_until_stuck(client)
            assert sent < COUNT // 2
            more = rest + b"".join(FRAMES[number % 16] for number in range(sent, sent + 32))
            sender = threading.Thread(target=client.http.connection.send, args=[more], daemon=True)
            sender.start()
            for number in range(sent + 32):
                frame = read_frame(client.http.connection)
                assert (frame.opcode, frame.payload) == (Opcode.BINARY, payload(number)), number
            sender.join(10 * PATIENCE)
            client.send_close(1000)
            assert client.frame().code == 1000


def test_pings_and_ends_the_silent(tmp_path):
    options = ["--ping-milliseconds", "200", "--pong-milliseconds", "2000"]
    with running("Conformance", tmp_path, *options) as server:
        with WebSocketClient(server.port, path="/echo") as client:
            for _ in range(3):
                assert client.frame().opcode == Opcode.PING
                client.send(Opcode.PONG)
            # It has got the pongs: it is not pinged again before its time.
            client.send(Opcode.TEXT, b"still there")
            assert client.await_opcode(Opcode.TEXT).payload == b"still there"
            # This ping is not answered.
            client.await_opcode(Opcode.PING)
            with pytest.raises(EndOfStream):
                client.frame()


def test_ends_who_takes_nothing(tmp_path):
    """Also a peer that talks: it is not the silence that ends it."""
    options = ["--ping-milliseconds", "100", "--pong-milliseconds", "600000", "--stall-milliseconds", "1000"]
    with running("Conformance", tmp_path, *options) as server:
        with WebSocketClient(server.port, path="/echo", receive_buffer=SMALL_BUFFER) as client:
            # It blocks until the connection is reset; else it would time out.
            with pytest.raises(ConnectionError):
                client.http.connection.send(b"".join(FRAMES) * (COUNT // 16))
        # And others are served.
        with connect(f"ws://127.0.0.1:{server.port}/echo") as socket:
            socket.send("hello")
            assert socket.recv(timeout=10) == "hello"


def test_an_endpoint_that_was_added_to_a_running_server(tmp_path):
    with running("Conformance", tmp_path) as server, connect(f"ws://127.0.0.1:{server.port}/late") as socket:
        socket.send("hello")
        assert socket.recv(timeout=10) == "hello"
