"""Many long polls on one thread. Each waits on a connection of its own for its one answer."""

import json
import selectors
import socket

from clients.deadline import Deadline
from clients.http import encode_request, target


class _Parked:
    def __init__(self, port: int, request: bytes):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=15)
        self.socket.sendall(request)
        self.socket.setblocking(False)
        self.received = b""

    @property
    def answer(self) -> dict | None:
        """`None` until it is whole."""
        head, blank, body = self.received.partition(b"\r\n\r\n")
        if not blank:
            return None
        assert head.startswith(b"HTTP/1.1 200 "), self.received[:300]
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        length = int(lengths[0].split(b":")[1])
        assert len(body) <= length, f"more than one answer: {self.received!r}"
        return json.loads(body) if len(body) == length else None


class ParkedPolls:
    def __init__(self, port: int, topic: str, cursor: str, count: int):
        request = encode_request("GET", target("/longpoll", topic=topic, cursor=cursor, timeout=60), port)
        self._selector = selectors.DefaultSelector()
        self.members: list[_Parked] = []
        for _ in range(count):
            member = _Parked(port, request)
            self.members.append(member)
            self._selector.register(member.socket, selectors.EVENT_READ, member)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def answers(self, timeout: float) -> list[dict]:
        waiting, deadline = set(self.members), Deadline(timeout)
        while waiting:
            assert not deadline.passed, f"{len(waiting)} of {len(self.members)} still wait"
            for key, _ in self._selector.select(deadline.left):
                member = key.data
                data = member.socket.recv(1 << 16)
                assert data, f"the server closed; received: {member.received!r}"
                member.received += data
                if member.answer is not None:
                    waiting.discard(member)
                    self._selector.unregister(member.socket)
        return [member.answer for member in self.members]

    def close(self):
        self._selector.close()
        for member in self.members:
            member.socket.close()
