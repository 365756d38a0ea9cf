"""Many subscribers on one thread. They look only for numbers (`#000042;`) in what comes: decoding in full would take
longer than serving them."""

import re
import selectors
import socket

from clients.deadline import Deadline
from clients.http import encode_request, target
from clients.ws import handshake_headers

_NUMBER = re.compile(rb"#(\d{6});")


def marked(number: int) -> str:
    return f"#{number:06d};"


class Member:
    def __init__(self, port: int, topic: str, kind: str):
        self.kind = kind
        self.numbers: list[int] = []
        self.subscribed = False
        self.told_gap = False
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        query = target(f"/{kind}", topic=topic, hello="1")
        self.socket.sendall(encode_request("GET", query, port, handshake_headers() if kind == "ws" else None))
        self.socket.setblocking(False)
        self._rest = b""

    def read(self):
        data = self.socket.recv(1 << 16)
        if not data:
            raise AssertionError(f"the server closed a {self.kind} connection; last: {self._rest[-200:]!r}")
        data = self._rest + data
        if not self.subscribed:
            self.subscribed = b"halley:hello" in data or b'"hello"' in data
        self.told_gap = self.told_gap or b"halley:gap" in data or b'"gap"' in data
        end = 0
        for match in _NUMBER.finditer(data):
            self.numbers.append(int(match.group(1)))
            end = match.end()
        # A number, or one of the words above, may be cut by the edge of what came.
        self._rest = data[max(end, len(data) - 16) :] if self.subscribed else data


class Crowd:
    def __init__(self, port: int, topic: str, count: int):
        self._selector = selectors.DefaultSelector()
        self.members = [Member(port, topic, "sse" if index % 2 else "ws") for index in range(count)]
        for member in self.members:
            self._selector.register(member.socket, selectors.EVENT_READ, member)

    def read_until(self, satisfied, what: str, timeout: float):
        """Until each member is satisfied."""
        waiting, deadline = {member for member in self.members if not satisfied(member)}, Deadline(timeout)
        while waiting:
            assert not deadline.passed, f"{what}: {len(waiting)} of {len(self.members)} still wait"
            for key, _ in self._selector.select(deadline.left):
                key.data.read()
                if satisfied(key.data):
                    waiting.discard(key.data)

    def close(self):
        self._selector.close()
        for member in self.members:
            member.socket.close()
