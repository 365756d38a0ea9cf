"""A TCP connection to this machine whose every read has a deadline, and that reads only when it is asked to."""

import socket
import struct

from clients.deadline import Deadline


class EndOfStream(Exception):
    """The peer closed before what was awaited had come."""


class Cut(EndOfStream):
    """All has been read that was to be read of this connection."""


class Connection:
    """With an `allowance` it reads no more bytes than that, wherever in a message they end."""

    def __init__(
        self, port: int, *, timeout: float = 15.0, receive_buffer: int | None = None, allowance: int | None = None,
        source: str | None = None,
    ):  # fmt: skip
        self.timeout = timeout
        self.allowance = allowance
        self.buffer = bytearray()
        self.ended = False
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            # Only before connecting does it bound the window that the peer sees.
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            # With the 64 KiB segments of the loopback interface a small window would stall even those who read.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
        self.socket.settimeout(timeout)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data: bytes):
        self.socket.settimeout(self.timeout)
        self.socket.sendall(data)

    def fill(self, deadline: Deadline | None = None):
        """Reads what has come, at least one byte. Raises `TimeoutError` or `EndOfStream`."""
        deadline = deadline or Deadline(self.timeout)
        if deadline.passed:
            raise TimeoutError("nothing came")
        if self.allowance == 0:
            raise Cut("the allowance is used up")
        self.socket.settimeout(deadline.left)
        try:
            data = self.socket.recv(1 << 16 if self.allowance is None else min(1 << 16, self.allowance))
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        if not data:
            self.ended = True
            raise EndOfStream(f"the server closed; unread: {bytes(self.buffer[-300:])!r}")
        if self.allowance is not None:
            self.allowance -= len(data)
        self.buffer += data

    def take_available(self) -> bytes:
        data = bytes(self.buffer)
        self.buffer.clear()
        return data

    def take(self, count: int, deadline: Deadline | None = None) -> bytes:
        deadline = deadline or Deadline(self.timeout)
        while len(self.buffer) < count:
            self.fill(deadline)
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def take_through(self, mark: bytes, deadline: Deadline | None = None) -> bytes:
        deadline = deadline or Deadline(self.timeout)
        while (index := self.buffer.find(mark)) < 0:
            self.fill(deadline)
        return self.take(index + len(mark))

    def take_rest(self, timeout: float | None = None) -> bytes:
        """Everything up to the end of the stream."""
        deadline = Deadline(timeout or self.timeout)
        while not self.ended:
            try:
                self.fill(deadline)
            except EndOfStream:
                break
        return self.take_available()

    def half_close(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Closes with a RST, as a crashed peer or a firewall does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()
