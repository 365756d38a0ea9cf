import contextlib
import threading
from types import SimpleNamespace

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from clients.chunked import ChunkedDecoder
from clients.connection import Connection, EndOfStream
from clients.http import HTTPClient, encode_chunked, get, target
from clients.proxy import CuttableProxy
from clients.sse import SSEClient
from clients.ws import Opcode, WebSocketClient, ping_round_trip
from peer import echo, peer, saying, silent


def test_chunks_are_decoded_from_single_bytes():
    decoder, payload = ChunkedDecoder(), b""
    for byte in encode_chunked(b"abc", b"d" * 300, trailer=b"X: y\r\n") + b"more":
        payload += decoder.feed(bytes([byte]))
    assert payload == b"abc" + b"d" * 300 and decoder.finished and decoder.surplus == b"more"


def test_target_repeats_lists_and_leaves_none_out():
    assert target("/x", topic=["a b", "ü"], cursor=None) == "/x?topic=a%20b&topic=%C3%BC"


def test_http_reads_answers_that_follow_each_other():
    first = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: 1\r\nx: 2\r\n\r\nok"
    second = b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n" + encode_chunked(b"gone")
    with peer(saying(first + second)) as server, HTTPClient(server.port) as client:
        ok = client.request("GET", "/")
        assert (ok.status, ok.body, ok.headers.get("X")) == (200, b"ok", "1, 2")
        gone = client.response()
        assert (gone.status, gone.body) == (404, b"gone")
        assert client.closed()


def test_http_reads_a_body_that_ends_with_the_connection():
    with peer(saying(b"HTTP/1.0 200 OK\r\n\r\n", b"to the end")) as server:
        assert get(server, "/").body == b"to the end"


def test_a_read_has_a_deadline():
    with peer(silent) as server, Connection(server.port, timeout=0.1) as connection, pytest.raises(TimeoutError):
        connection.take(1)


def test_sse_reads_chunks_and_tells_a_clean_end_from_a_cut():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    stream = encode_chunked(b"retry: 5\nid: 1\n\n", b"id: 2\nda", b"ta: x\n\n")
    with peer(saying(head, stream)) as server, SSEClient(server.port, "t") as client:
        assert client.next_block().retry == 5
        assert client.last_event_id == "1"
        assert client.next_event().data == "x"
        assert client.rest() == [] and client.ended_cleanly
    with peer(saying(head, stream[:-5])) as server, SSEClient(server.port, "t") as client:
        assert len(client.rest()) == 2 and not client.ended_cleanly


@contextlib.contextmanager
def echo_server():
    """A foreign WebSocket server, to test ours on something that is known to be right."""

    def back(socket):
        with contextlib.suppress(ConnectionClosed):
            for message in socket:
                socket.send(message)

    with serve(back, "127.0.0.1", 0, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield SimpleNamespace(port=server.socket.getsockname()[1])
        server.shutdown()


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536, 200_000])
def test_ws_frames_of_all_lengths_come_back(size):
    with echo_server() as server, WebSocketClient(server.port, "t") as client:
        client.send(Opcode.BINARY, b"x" * size)
        assert client.message() == b"x" * size


def test_ws_fragments_pings_and_close_codes():
    with echo_server() as server, WebSocketClient(server.port, "t") as client:
        client.send(Opcode.TEXT, b"a", fin=False)
        ping_round_trip(client)
        client.send(Opcode.CONTINUATION, "ü".encode())
        assert client.message() == "aü"
        client.send_close(3001, b"bye")
        assert client.await_opcode(Opcode.CLOSE).code == 3001
        assert client.ended()


def test_the_proxy_passes_bytes_until_it_is_cut():
    with peer(echo) as server, CuttableProxy(server.port) as proxy:
        for _ in range(3):
            with Connection(proxy.port) as connection:
                connection.send(b"hello")
                assert connection.take(5) == b"hello"
                proxy.cut()
                with pytest.raises(EndOfStream):
                    connection.take(1)
        assert proxy.accepted == 3
