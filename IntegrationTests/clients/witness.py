"""Publishing what is no longer new for anybody who comes later."""

from clients.polling import await_subscribers
from clients.publishing import publish
from clients.sse import subscribe


def publish_before(server, topic: str) -> str:
    """For a server with one thread: what a witness has got lies behind everyone there. Gives its id."""
    with subscribe(server, topic) as witness:
        id = publish(server, topic, data="before")
        assert witness.next_event().id == id
    await_subscribers(server, topic, 0)
    return id
