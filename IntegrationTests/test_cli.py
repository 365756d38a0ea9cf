"""The program `halley`."""

import json

import pytest

from clients.cli import Follower, run
from clients.deadline import wait_until
from clients.http import get, request, target
from clients.publishing import authorization, held, history, publish, publish_all
from clients.sse import subscribe

USAGE, UNAVAILABLE, REFUSED = 64, 69, 77
KEY = ["--api-key", "test-key"]


def test_what_is_published_is_printed_by_a_subscriber(server, topic, tmp_path):
    with Follower(tmp_path, server, topic, "--cursor", "earliest") as follower:
        for text in ["hello", "grün 🦅"]:
            done = run("publish", topic, text, "--url", server.url, *KEY)
            assert done.returncode == 0, done.stderr
        assert follower.await_lines(2) == ["hello", "grün 🦅"]


def test_data_can_come_from_standard_input(server, topic):
    text = "several\nlines ü\n"
    assert run("publish", topic, "-", "--url", server.url, *KEY, stdin=text).returncode == 0
    (data,) = held(server, topic)
    assert data in (text, text.removesuffix("\n"))


def test_an_event_can_be_named(server, topic):
    assert run("publish", topic, "x", "--event", "goal", "--url", server.url, *KEY).returncode == 0
    assert history(server, topic)["messages"][0]["event"] == "goal"


def test_the_key_can_come_from_the_environment(server, topic):
    done = run("publish", topic, "x", "--url", server.url, env={"HALLEY_API_KEY": "test-key"})
    assert done.returncode == 0, done.stderr
    assert held(server, topic) == ["x"]


def test_envelopes_are_printed_one_a_line(server, topic, tmp_path):
    id = publish(server, topic, data="two\nlines", event="goal")
    with Follower(tmp_path, server, topic, "--cursor", "earliest", "--json") as follower:
        (line,) = follower.await_lines(1)
    envelope = json.loads(line)
    assert (envelope["id"], envelope["event"], envelope["data"]) == (id, "goal", "two\nlines")


def test_several_topics_can_be_followed(server, topics, tmp_path):
    publish(server, topics[0], data="a")
    publish(server, topics[1], data="b")
    with Follower(tmp_path, server, *topics[:2], "--cursor", "earliest") as follower:
        assert follower.await_lines(2) == ["a", "b"]


def test_a_subscriber_begins_after_its_cursor(server, topic, tmp_path):
    ids = publish_all(server, topic, ["1", "2", "3"])
    with Follower(tmp_path, server, topic, "--cursor", ids[0]) as follower:
        assert follower.await_lines(2) == ["2", "3"]


@pytest.mark.timeout(120)
def test_a_subscriber_survives_a_restart_and_tells_the_gap(start_server, topic, tmp_path):
    server = start_server("--retry", "200")
    with Follower(tmp_path, server, topic, "--cursor", "earliest") as follower:
        publish(server, topic, data="before")
        follower.await_lines(1)
        server.stop()
        server = start_server("--retry", "200", port=server.port)
        publish(server, topic, data="after")
        assert follower.await_lines(2) == ["before", "after"]
        wait_until(lambda: "gap" in follower.errors.lower(), "the gap on standard error")
        assert "epoch" in follower.errors
        assert follower.process.poll() is None


def assert_fails(done, code: int, *words: str):
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    assert done.stderr.strip(), "no message on standard error"
    for word in words:
        assert word.lower() in done.stderr.lower(), done.stderr


# Nothing listens on the port of `tcpmux`.
NOWHERE = "http://127.0.0.1:1"


def test_a_server_that_is_not_there(topic):
    assert_fails(run("publish", topic, "x", "--url", NOWHERE, *KEY, timeout=20), UNAVAILABLE, "127.0.0.1:1")


@pytest.mark.parametrize("key", [[], ["--api-key", "wrong"]], ids=["no key", "a wrong key"])
def test_a_key_that_is_refused(server, topic, key):
    assert_fails(run("publish", topic, "x", "--url", server.url, *key), REFUSED, "key")


def test_a_subscription_that_is_refused(start_server, topic):
    server = start_server("--rule", "default subscribe=key")
    assert_fails(run("subscribe", topic, "--url", server.url), REFUSED, "key")


def test_a_topic_that_is_refused(server):
    done = run("publish", "$server", "x", "--url", server.url, *KEY)
    assert done.returncode != 0 and "$" in done.stderr


MISUSED = [
    (["publish"], "topic"),
    (["publish", "t", "x", "--colour", "blue"], "--colour"),
    (["subscribe"], "topic"),
    (["subscribe", "t", "--url", "no address"], "no address"),
    (["serve", "--port", "x"], "port"),
    (["serve", "--port", "70000"], "port"),
    (["serve", "--rule", "default slow=never"], "slow"),
    (["serve", "--rule", "default colour=blue"], "colour"),
    (["serve", "--max-body", "much"], "max-body"),
    (["serve", "--heartbeat", "-1"], "heartbeat"),
    (["serve", "--log-level", "loud"], "log-level"),
    (["dance"], "dance"),
]


@pytest.mark.parametrize(("arguments", "word"), MISUSED, ids=lambda value: " ".join(value))
def test_misuse_names_what_is_wrong(arguments, word):
    assert_fails(run(*arguments), USAGE, word)


def test_help_and_version():
    for arguments in [["--help"], ["serve", "--help"], ["publish", "--help"], ["subscribe", "--help"], ["--version"]]:
        done = run(*arguments)
        assert done.returncode == 0 and done.stdout.strip(), arguments


def test_a_port_that_is_taken(server):
    done = run("serve", "--port", server.port, *KEY)
    assert done.returncode != 0 and str(server.port) in done.stdout + done.stderr


CONFIGURATION = """\
port: 0
retry: 1111
api-key: key-of-the-file
rule:
  - "default count=3"
"""


@pytest.fixture
def configuration(tmp_path):
    path = tmp_path / "halley.yaml"
    path.write_text(CONFIGURATION)
    return path


def test_a_good_configuration_is_told_so(configuration):
    done = run("check-config", "--config", configuration)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "word"),
    [("retrry: 5", "retrry"), ("heartbeat: soon", "heartbeat"), ('rule: ["default colour=blue"]', "colour")],
)
def test_a_bad_configuration_is_named(tmp_path, line, word):
    path = tmp_path / "halley.yaml"
    path.write_text(f"port: 0\n{line}\n")
    for command in ["check-config", "serve"]:
        done = run(command, "--config", path)
        assert done.returncode != 0
        assert word in done.stdout + done.stderr


def test_a_configuration_that_is_missing_is_named(tmp_path):
    done = run("check-config", "--config", tmp_path / "missing.yaml")
    assert done.returncode != 0 and "missing.yaml" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("options", "env", "expected"),
    [
        ([], {}, 1111),
        ([], {"HALLEY_RETRY": "2222"}, 2222),
        (["--retry", "3333"], {"HALLEY_RETRY": "2222"}, 3333),
        (["--retry", "3333"], {}, 3333),
    ],
    ids=["file", "environment over file", "option over all", "option over file"],
)
def test_options_win_over_the_environment_and_that_over_the_file(
    start_server, configuration, topic, options, env, expected
):
    server = start_server("--config", configuration, *options, env=env, api_key=None)
    with subscribe(server, topic) as client:
        assert client.first.retry == expected


def test_the_file_holds_in_full(start_server, configuration, topic):
    server = start_server("--config", configuration, api_key=None)
    for text in ["1", "2", "3", "4"]:
        publish(server, topic, data=text, key="key-of-the-file")
    assert held(server, topic) == ["2", "3", "4"]


def test_the_environment_alone_is_enough(start_server, topic):
    server = start_server(env={"HALLEY_API_KEY": "key-of-the-environment"}, api_key=None)
    assert publish(server, topic, data="x", key="key-of-the-environment")


def test_secrets_are_not_logged(start_server, topic):
    server = start_server("--log-level", "trace", "--rule", "default subscribe=key", api_key="the-secret-key")
    for token in ["the-secret-key", "another-secret"]:
        get(server, target("/history", topic=topic, access_token=token))
        get(server, f"/nope?access_token={token}&topic={topic}")
        get(server, f"/sse?topic=&access_token={token}")
        request(server, "POST", target("/publish", topic=topic, access_token=token), body="x")
        request(server, "POST", target("/publish", topic=topic), headers=authorization(token), body="x")
    with subscribe(server, topic, access_token="the-secret-key"):
        pass
    server.stop()
    assert "the-secret-key" not in server.log and "another-secret" not in server.log
