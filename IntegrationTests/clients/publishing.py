"""Publishing over one connection that is kept alive."""

import json

from clients.http import KEY, HTTPClient, Response, target


def authorization(key: str | None) -> dict:
    return {"Authorization": f"Bearer {key}"} if key else {}


class Publisher:
    def __init__(self, port: int, key: str | None = KEY):
        self.client = HTTPClient(port)
        self.key = key

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.connection.close()

    def post(
        self, *topics: str, data="", event=None, content_type: str | None = "text/plain", headers=None
    ) -> Response:
        fields = authorization(self.key) | ({"Content-Type": content_type} if content_type else {}) | (headers or {})
        address = target("/publish", topic=list(topics) or None, event=event)
        return self.client.request("POST", address, headers=fields, body=data)

    def post_batch(self, publications, headers=None) -> Response:
        body = json.dumps({"publications": publications})
        return self.post(data=body, content_type="application/json", headers=headers)

    def publish(self, *topics: str, data="", event=None, content_type: str | None = "text/plain", headers=None) -> str:
        response = self.post(*topics, data=data, event=event, content_type=content_type, headers=headers)
        assert response.status == 200, f"{response.status}: {response.body[:300]!r}"
        return response.json()["id"]

    def batch(self, publications, headers=None) -> list[str]:
        response = self.post_batch(publications, headers)
        assert response.status == 200, f"{response.status}: {response.body[:300]!r}"
        return response.json()["ids"]


def publish(server, *topics: str, data="", key: str | None = KEY, **options) -> str:
    with Publisher(server.port, key) as publisher:
        return publisher.publish(*topics, data=data, **options)


def publish_all(server, topic: str, texts) -> list[str]:
    """The texts one by one, as publications of their own."""
    with Publisher(server.port) as publisher:
        return [publisher.publish(topic, data=text) for text in texts]


def post(server, *topics: str, data="", key: str | None = KEY, **options) -> Response:
    with Publisher(server.port, key) as publisher:
        return publisher.post(*topics, data=data, **options)


def post_batch(server, publications, key: str | None = KEY, headers=None) -> Response:
    with Publisher(server.port, key) as publisher:
        return publisher.post_batch(publications, headers)


def history(server, *topics: str, headers=None, **query) -> dict:
    with HTTPClient(server.port) as client:
        response = client.request("GET", target("/history", topic=list(topics), **query), headers=headers)
    assert response.status == 200, f"{response.status}: {response.body[:300]!r}"
    return response.json()


def held(server, topic: str) -> list:
    """The data of all that a topic holds (at most 1000)."""
    return [message["data"] for message in history(server, topic, limit=1000)["messages"]]
