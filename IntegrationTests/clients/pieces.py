"""Bytes that reach the server in pieces: it has read each one before the next one is sent."""

from pathlib import Path

from clients.connection import Connection
from clients.deadline import wait_until

_ESTABLISHED, _CLOSE_WAIT = "01", "08"


def _unread(connection: Connection) -> int:
    """How many bytes the kernel still holds for the server; none where the server has closed."""
    ours, theirs = (f"0100007F:{name()[1]:04X}" for name in (connection.socket.getsockname, connection.socket.getpeername))
    mark = f" {theirs} {ours} "
    for line in Path("/proc/net/tcp").read_text().splitlines():
        if mark in line:
            fields = line.split()
            return int(fields[4].split(":")[1], 16) if fields[3] in (_ESTABLISHED, _CLOSE_WAIT) else 0
    return 0


def send_pieces(connection: Connection, pieces: list[bytes]):
    for index, piece in enumerate(pieces):
        try:
            connection.send(piece)
        except ConnectionError:
            # The server has said its last word and takes no more.
            return
        if index < len(pieces) - 1:
            wait_until(lambda: _unread(connection) == 0, "the server to read a piece")


def cut(data: bytes, *places: int) -> list[bytes]:
    """The data, cut at these places."""
    bounds = [0, *sorted(places), len(data)]
    return [data[start:end] for start, end in zip(bounds, bounds[1:], strict=False) if start < end]


def single_bytes(data: bytes) -> list[bytes]:
    return [bytes([byte]) for byte in data]
