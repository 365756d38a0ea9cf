"""Bytes that reach the server in pieces: it has read each one before the next one is sent."""

import contextlib
import socket
import struct

from clients.connection import Connection
from clients.deadline import Deadline

_SOCK_DIAG = 4
_BY_FAMILY, _REQUEST, _ERROR = 20, 1, 2
_LOCALHOST = socket.inet_aton("127.0.0.1") + bytes(12)


class _Kernel:
    """Tells how many bytes of a connection the server has not yet read: sock_diag(7)."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG)

    def unread(self, connection: Connection, port: int) -> int:
        # All states, the two ends as the server sees them, any interface and any cookie.
        ends = struct.pack("!HH", port, connection.socket.getsockname()[1]) + _LOCALHOST + _LOCALHOST
        question = struct.pack("=BBBBI", socket.AF_INET, socket.IPPROTO_TCP, 0, 0, 0xFFFFFFFF) + ends
        question += struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
        self._socket.send(struct.pack("=IHHII", 16 + len(question), _BY_FAMILY, _REQUEST, 0, 0) + question)
        answer = self._socket.recv(4096)
        (kind,) = struct.unpack_from("=H", answer, 4)
        # An error says that there is no such connection any more.
        return 0 if kind == _ERROR else struct.unpack_from("=I", answer, 72)[0]

    def close(self):
        self._socket.close()


def converse(port: int, conversations: list[list[bytes]]) -> list[bytes]:
    """Each has a connection of its own; all of them go on at once, piece by piece. Gives what the server said."""
    with contextlib.ExitStack() as stack, contextlib.closing(_Kernel()) as kernel:
        connections = [Connection(port) for _ in conversations]
        for connection in connections:
            # Nothing of it stays in the kernel's tables.
            stack.callback(connection.reset)
        for index in range(max(map(len, conversations))):
            for connection, pieces in zip(connections, conversations, strict=True):
                _send(connection, pieces[index : index + 1])
            for connection in connections:
                _await_read(kernel, connection, port)
        return [connection.take_rest() for connection in connections]


def _send(connection: Connection, pieces: list[bytes]):
    # To one that has said its last word nothing can be sent any more.
    with contextlib.suppress(ConnectionError):
        connection.send(b"".join(pieces))


def _await_read(kernel: _Kernel, connection: Connection, port: int):
    deadline = Deadline(10)
    while kernel.unread(connection, port):
        assert not deadline.passed, "the server does not read"


def cut(data: bytes, *places: int) -> list[bytes]:
    """The data, cut at these places."""
    bounds = [0, *sorted(places), len(data)]
    return [data[start:end] for start, end in zip(bounds, bounds[1:], strict=False) if start < end]


def single_bytes(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]
