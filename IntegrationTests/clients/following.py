"""A subscriber by any technique that is read step by step: its gaps, and the data of its publications."""

from collections import deque

from clients.answering import Way
from clients.deadline import Deadline
from clients.iframe import IframeClient
from clients.jsonp import answer_of
from clients.multipart import PartClient
from clients.polling import PollClient, answer
from clients.sse import SSEClient
from clients.streaming import LineClient
from clients.ws import WebSocketClient

STREAMS = {"stream": LineClient, "multipart": PartClient, "iframe": IframeClient, "ws": WebSocketClient}


class Asker:
    """Asks again and again, each time with the cursor of the last answer."""

    def __init__(self, port: int, topics, path: str, callback: str | None, headers, query: dict):
        self.client = PollClient(port)
        self.topics, self.path, self.callback, self.headers = topics, path, callback, headers
        self.objects = deque()
        self._ask(headers, query)

    def close(self):
        self.client.http.connection.close()

    def next(self) -> dict:
        deadline = Deadline(15)
        while not self.objects:
            assert deadline.left > 0, "nothing has come"
            fields = {name: value for name, value in (self.headers or {}).items() if name != "Last-Event-ID"}
            self._ask(fields, {"cursor": self.cursor})
        return self.objects.popleft()

    def _ask(self, headers, query: dict):
        waiting = {"timeout": 1} if self.path == "/longpoll" else {}
        response = self.client.get(
            self.path, *self.topics, headers=headers, callback=self.callback, **waiting, **query
        )
        document = answer_of(response, self.callback) if self.callback else answer(response)
        self.cursor = document["cursor"]
        self.objects += [{"gap": gap} for gap in [document.get("gap"), *document.get("gaps", [])] if gap]
        self.objects += document["messages"]


class Stream:
    """An answer that goes on."""

    def __init__(self, client):
        self.client = client

    def close(self):
        (self.client if hasattr(self.client, "close") else self.client.http.connection).close()

    def next(self) -> dict:
        if isinstance(self.client, SSEClient):
            event = self.client.next_event()
            return {"gap": event.json()} if event.event == "halley:gap" else {"data": event.data}
        return self.client.json() if isinstance(self.client, WebSocketClient) else self.client.next_event()


class Following:
    def __init__(self, server, way: Way, name: str, *topics: str, headers=None, **query):
        items = way.query | query
        if way.path in ("/poll", "/longpoll"):
            self.source = Asker(server.port, topics, way.path, items.pop("callback", None), headers, items)
        else:
            client = SSEClient if name == "sse" else STREAMS[name]
            # These name their own way in the query.
            self.source = Stream(client(server.port, *topics, headers=headers, **query))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.source.close()

    def gap(self) -> tuple:
        """The topics and the reason of the gap that comes next."""
        gap = self.source.next()["gap"]
        return gap["topics"], gap["reason"]

    def data(self, count: int = 1) -> list:
        """The data of the publications that come next; no gap may come before them."""
        taken = []
        while len(taken) < count:
            said = self.source.next()
            assert "gap" not in said, said
            if "data" in said:
                taken.append(said["data"])
        return taken
