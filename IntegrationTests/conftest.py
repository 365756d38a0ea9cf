import itertools
import uuid

import pytest

from clients.server import starter


def _directories(factory):
    """A new directory for each server."""
    return lambda: factory.mktemp("server")


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The demo server that tests share which need no options of their own."""
    with starter(_directories(tmp_path_factory)) as start:
        yield start("--demo")


@pytest.fixture
def start_server(tmp_path_factory):
    """`start_server(*options, env=None, port=0)` starts one that is the test's own."""
    with starter(_directories(tmp_path_factory)) as start:
        yield start


@pytest.fixture(scope="module")
def start_module_server(tmp_path_factory):
    """The same for fixtures that a whole module shares."""
    with starter(_directories(tmp_path_factory)) as start:
        yield start


@pytest.fixture
def topic() -> str:
    """A name that no other test uses."""
    return f"topic-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def topics(topic):
    """As many names as are asked for, in alphabetical order."""
    return [f"{topic}-{letter}" for letter in itertools.islice("abcdefghijklmnopqrstuvwxyz", 26)]
