"""What `--demo` publishes."""

import pytest

from clients.http import get
from clients.sse import subscribe


@pytest.mark.parametrize("topic", ["demo:clock", "demo:host"])
def test_the_demo_ticks_each_second(server, topic):
    with subscribe(server, topic, format="envelope") as client:
        first, second = (event.json() for event in client.take(2))
    assert isinstance(first["data"], dict)
    assert 500 <= second["time"] - first["time"] <= 5000


def test_without_the_demo_there_is_no_page_of_it(start_server):
    server = start_server()
    assert get(server, "/healthz").status == 200
    assert b"publish-button" not in get(server, "/").body
