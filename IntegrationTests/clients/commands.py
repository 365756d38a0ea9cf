"""A WebSocket that speaks halley.v1: commands out, replies, notices and publications in."""

import itertools
import json

from clients.deadline import Deadline
from clients.ws import Opcode, WebSocketClient

SUBPROTOCOL = "halley.v1"


class CommandClient:
    def __init__(self, port: int, *topics: str, headers=None, **query):
        headers = {"Sec-WebSocket-Protocol": SUBPROTOCOL} | (headers or {})
        self.socket = WebSocketClient(port, *topics, headers=headers, **query)
        assert self.socket.response.headers.get("Sec-WebSocket-Protocol") == SUBPROTOCOL
        self.ids = itertools.count(1)
        self.others = []
        """What came while a reply was awaited."""
        self.hello = self.socket.json()["hello"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.http.connection.close()

    def send(self, **command) -> int:
        id = next(self.ids)
        self.socket.send(Opcode.TEXT, json.dumps({"id": id} | command).encode())
        return id

    def say(self, text: str | bytes):
        self.socket.send(Opcode.TEXT, text.encode() if isinstance(text, str) else text)

    def reply(self, id, timeout: float = 15.0) -> dict:
        """The reply to that command; all else that comes before it is kept for `next`."""
        deadline = Deadline(timeout)
        while True:
            message = self.socket.json(deadline.left)
            if "reply" in message:
                assert message["reply"] == id, f"an unexpected reply: {message}"
                return message
            self.others.append(message)

    def ok(self, **command) -> dict:
        reply = self.reply(self.send(**command))
        assert set(reply) == {"reply", "ok"}, reply
        return reply["ok"]

    def refused(self, **command) -> str:
        """The code of the error."""
        reply = self.reply(self.send(**command))
        assert set(reply) == {"reply", "error"} and set(reply["error"]) == {"code", "message"}, reply
        assert reply["error"]["message"]
        return reply["error"]["code"]

    def next(self, timeout: float = 15.0) -> dict:
        """The next notice or publication."""
        return self.others.pop(0) if self.others else self.socket.json(timeout)

    def next_data(self, count: int) -> list:
        """The data of the next publications; notices are passed over."""
        data = []
        while len(data) < count:
            message = self.next()
            if "data" in message:
                data.append(message["data"])
        return data

    def subscribe(self, *topics: str, cursor=None) -> dict:
        return self.ok(subscribe=[{"topic": topic} | ({"cursor": cursor} if cursor else {}) for topic in topics])
