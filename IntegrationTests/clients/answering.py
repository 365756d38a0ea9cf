"""Each transport asked in the same way: for a refusal, or for the gap that it tells first."""

from collections.abc import Callable
from dataclasses import dataclass, field

from clients.http import HTTPClient, Response, target
from clients.iframe import IframeClient
from clients.jsonp import answer_of
from clients.multipart import PartClient
from clients.polling import PollClient, answer
from clients.sse import SSEClient
from clients.streaming import LineClient
from clients.ws import WebSocketClient, handshake_headers


@dataclass(frozen=True)
class Way:
    """A technique, as a request that an open page of any origin may make."""

    path: str
    gap: Callable
    """`gap(port, *topics, headers=…, **query)`: the first gap, and what comes after it."""
    query: dict = field(default_factory=dict)
    is_upgrade: bool = False

    def send(self, http: HTTPClient, query: str, headers=None):
        """The query is taken as it is, so that it can be malformed."""
        query = "&".join(part for part in [query, target("", **self.query)[1:]] if part)
        fields = (handshake_headers() if self.is_upgrade else {}) | (headers or {})
        http.send("GET", f"{self.path}?{query}", headers=fields)

    def request(self, http: HTTPClient, query: str, headers=None) -> Response:
        self.send(http, query, headers)
        return http.response()


def _of_sse(port, *topics, headers=None, **query):
    with SSEClient(port, *topics, headers=headers, **query) as client:
        event = client.next_event()
        assert event.event == "halley:gap", event
        return event.json(), client.next_event().data


def _of_ws(port, *topics, headers=None, **query):
    with WebSocketClient(port, *topics, headers=headers, **query) as client:
        return client.json()["gap"], client.json()["data"]


def _of_objects(client_type):
    def gap(port, *topics, headers=None, **query):
        with client_type(port, *topics, headers=headers, **query) as client:
            return client.next_event()["gap"], client.next_event()["data"]

    return gap


def _of_answers(path, callback=None):
    def gap(port, *topics, headers=None, **query):
        with PollClient(port) as client:
            response = client.get(path, *topics, headers=headers, callback=callback, **query)
        document = answer_of(response, callback) if callback else answer(response)
        return document["gap"], document["messages"][0]["data"]

    return gap


WAYS = {
    "sse": Way("/sse", _of_sse),
    "ws": Way("/ws", _of_ws, is_upgrade=True),
    "poll": Way("/poll", _of_answers("/poll")),
    "longpoll": Way("/longpoll", _of_answers("/longpoll")),
    "stream": Way("/stream", _of_objects(LineClient)),
    "multipart": Way("/stream", _of_objects(PartClient), {"multipart": "mixed"}),
    "iframe": Way("/iframe", _of_objects(IframeClient), {"callback": "f"}),
    "jsonp": Way("/longpoll", _of_answers("/longpoll", "f"), {"callback": "f"}),
}
