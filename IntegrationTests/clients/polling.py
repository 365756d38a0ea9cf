"""Clients that ask again and again."""

from clients.deadline import wait_until
from clients.http import AUTHORIZED, HTTPClient, Response, get, target


def answer(response: Response) -> dict:
    """That of `/poll` or `/longpoll`, its members in order."""
    assert response.status == 200, f"{response.status}: {response.body[:300]!r}"
    document = response.json()
    members = [name for name in ["cursor", "messages", "gap", "gaps", "timestamp", "msg"] if name in document]
    assert list(document) == members and members[:2] == ["cursor", "messages"], list(document)
    return document


def data_of(document: dict) -> list:
    return [message["data"] for message in document["messages"]]


class PollClient:
    """One connection that is kept alive."""

    def __init__(self, port: int, *, http: HTTPClient | None = None, **options):
        self.http = http or HTTPClient(port, **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.connection.close()

    def send(self, path: str, *topics: str, headers=None, version="1.1", **query):
        self.http.send("GET", target(path, topic=list(topics), **query), headers=headers, version=version)

    def response(self) -> Response:
        return self.http.response()

    def get(self, path: str, *topics: str, headers=None, version="1.1", **query) -> Response:
        self.send(path, *topics, headers=headers, version=version, **query)
        return self.response()

    def answer(self, path: str, *topics: str, headers=None, **query) -> dict:
        return answer(self.get(path, *topics, headers=headers, **query))


def poll(server, *topics: str, **options) -> dict:
    with PollClient(server.port) as client:
        return client.answer("/poll", *topics, **options)


def longpoll(server, *topics: str, **options) -> dict:
    with PollClient(server.port) as client:
        return client.answer("/longpoll", *topics, **options)


def subscribers(server, topic: str) -> int:
    """How many the server counts; the topic must have been published to."""
    listed = get(server, target("/topics", prefix=topic, limit=1), headers=AUTHORIZED).json()["topics"]
    return listed[0]["subscribers"] if listed else 0


def await_subscribers(server, topic: str, count: int, timeout: float = 10):
    wait_until(lambda: subscribers(server, topic) == count, f"{count} subscribers of {topic}", timeout)
