"""A minimal WebSocket (RFC 6455) on a bare socket: frames can be malformed, pings left unanswered, reading stopped."""

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass
from enum import IntEnum

from clients.connection import Connection, EndOfStream
from clients.deadline import Deadline
from clients.http import HTTPClient, Response, target

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Opcode(IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


@dataclass(frozen=True)
class Frame:
    opcode: int
    payload: bytes
    fin: bool = True

    @property
    def code(self) -> int | None:
        """That of a close frame."""
        return struct.unpack(">H", self.payload[:2])[0] if len(self.payload) >= 2 else None

    @property
    def reason(self) -> str:
        return self.payload[2:].decode()


def handshake_headers(**overrides) -> dict:
    """Those of a good handshake; overrides spell `-` as `_`, `None` leaves a header out."""
    headers = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
    }  # fmt: skip
    return headers | {name.replace("_", "-"): value for name, value in overrides.items()}


def refused_handshake(server, *topics: str, method="GET", version="1.1", headers=None, **query) -> Response:
    address = target("/ws", topic=list(topics), **query)
    with HTTPClient(server.port) as client:
        fields = handshake_headers() if headers is None else headers
        return client.request(method, address, headers=fields, version=version)


def encode_frame(opcode: int, payload: bytes = b"", *, fin=True, masked=True, reserved=0, length=None) -> bytes:
    """`length` may lie."""
    length = len(payload) if length is None else length
    mask = 0x80 if masked else 0
    head = bytes([(0x80 if fin else 0) | reserved << 4 | opcode])
    if length < 126:
        head += bytes([mask | length])
    else:
        head += struct.pack(">BH", mask | 126, length) if length < 1 << 16 else struct.pack(">BQ", mask | 127, length)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[index % 4] for index, byte in enumerate(payload))


def read_frame(connection: Connection, timeout: float = 15.0) -> Frame:
    deadline = Deadline(timeout)
    first, second = connection.take(2, deadline)
    assert first & 0x70 == 0, "a reserved bit is set though no extension was agreed"
    assert second & 0x80 == 0, "a server must not mask"
    length = second
    if second == 126:
        (length,) = struct.unpack(">H", connection.take(2, deadline))
        assert length > 125, "the length is not in its shortest form"
    elif second == 127:
        (length,) = struct.unpack(">Q", connection.take(8, deadline))
        assert length > 0xFFFF, "the length is not in its shortest form"
    return Frame(first & 15, connection.take(length, deadline), bool(first & 0x80))


class WebSocketClient:
    def __init__(
        self, port: int, *topics: str, headers=None, early: bytes = b"", receive_buffer=None,
        http: HTTPClient | None = None, path: str = "/ws", **query,
    ):  # fmt: skip
        self.http = http or HTTPClient(port, receive_buffer=receive_buffer)
        fields = handshake_headers() | (headers or {})
        # Frames may follow the request without waiting for the answer, in the same packet.
        self.http.send("GET", target(path, topic=list(topics), **query), headers=fields, body=None)
        if early:
            self.http.connection.send(early)
        self.response = self.http.response()
        assert self.response.status == 101, f"{self.response.status}: {self.response.body[:300]!r}"
        digest = hashlib.sha1(fields["Sec-WebSocket-Key"].encode() + _GUID).digest()
        assert self.response.headers.get("Sec-WebSocket-Accept") == base64.b64encode(digest).decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.connection.close()

    def send(self, opcode: int, payload: bytes = b"", **options):
        self.http.connection.send(encode_frame(opcode, payload, **options))

    def send_close(self, code: int | None = 1000, reason: bytes = b""):
        self.send(Opcode.CLOSE, b"" if code is None else struct.pack(">H", code) + reason)

    def frame(self, timeout: float = 15.0) -> Frame:
        return read_frame(self.http.connection, timeout)

    def message(self, timeout: float = 15.0) -> str | bytes:
        """The next text or binary message; pings on the way are answered."""
        deadline, parts, kind = Deadline(timeout), b"", None
        while True:
            frame = self.frame(deadline.left)
            if frame.opcode == Opcode.PING:
                self.send(Opcode.PONG, frame.payload)
            elif frame.opcode == Opcode.CLOSE:
                raise EndOfStream(f"closed: {frame.code} {frame.reason}")
            elif frame.opcode != Opcode.PONG:
                kind = frame.opcode or kind
                parts += frame.payload
                if frame.fin:
                    return parts.decode() if kind == Opcode.TEXT else parts

    def json(self, timeout: float = 15.0) -> dict:
        return json.loads(self.message(timeout))

    def await_opcode(self, opcode: int, timeout: float = 15.0) -> Frame:
        """The next frame of a kind; others are passed over, pings unanswered."""
        deadline = Deadline(timeout)
        while True:
            frame = self.frame(deadline.left)
            if frame.opcode == opcode:
                return frame

    def ended(self, timeout: float = 15.0) -> bool:
        """Whether the server closes the connection."""
        self.http.connection.take_rest(timeout)
        return True


def ping_round_trip(client: WebSocketClient, payload: bytes = b"still there?"):
    """Proves that the connection lives and that all sent before has been taken."""
    client.send(Opcode.PING, payload)
    assert client.await_opcode(Opcode.PONG).payload == payload
