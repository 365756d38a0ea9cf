"""Settings that can't be meant: refused, or warned of, by `check-config` and `serve` alike."""

import pytest

from clients.cli import run
from clients.polling import poll
from clients.publishing import publish

USAGE, CONFIGURATION = 64, 78
BIGGEST = "9223372036854775807"

ORIGINS = ["null", "", "a", "https://", "https://a/b", "https://a/", "http://*.x", "https://a:b", "https://a b"]
HOSTS = ["", "*", "a:80", "*.x", "https://a", "a/b", "a b"]

# The options, and what the refusal names.
REFUSED = [
    (["--rule", "chat: count=1", "--rule", "chat: count=2"], ["chat:"]),
    (["--rule", "default count=1", "--rule", "chat:", "--rule", "default"], ["default"]),
    (["--rule", "chat: count=1 count=2"], ["count"]),
    *[(["--rule", f"chat: {right}=hook"], [right, "hook", "everyone or key"]) for right in ("publish", "subscribe", "history")],
    (["--rule", "conv:* publish=everyone"], ["conv:*", "“conv:”"]),
    (["--rule", "* publish=everyone"], ["“default”"]),
    (["--rule", "x" * 256], ["255"]),
    (["--rule", f"a budget={BIGGEST}", "--rule", f"b budget={BIGGEST}"], ["budget"]),
    (["--rule", "a budget=200MiB", "--rule", "b budget=57MiB"], ["257MiB", "256MiB", "history-memory"]),
    (["--rule", "a budget=1TiB"], ["budget"]),
    (["--rule", "a budget=-1"], ["budget"]),
    (["--rule", f"a bytes={BIGGEST}"], ["bytes"]),
    (["--rule", f"a count={BIGGEST}"], ["count"]),
    (["--rule", "a count=-1"], ["count"]),
    (["--rule", f"a topics={BIGGEST}"], ["topics"]),
    (["--rule", "a topics=0"], ["topics"]),
    (["--rule", f"a age={BIGGEST}"], ["age"]),
    (["--rule", "a age=-1s"], ["age"]),
    (["--rule", "a resume=-1s"], ["resume"]),
    # No browser names its pages so, and no client its host.
    *[(["--allow-origin", origin], ["origin", "https://example.org"]) for origin in ORIGINS],
    *[(["--allow-host", host], ["name", "without a port"]) for host in HOSTS],
]  # fmt: skip


@pytest.mark.parametrize(("options", "words"), REFUSED, ids=lambda value: " ".join(value)[:60])
@pytest.mark.parametrize("command", ["check-config", "serve"])
def test_what_can_not_be_meant_is_refused(command, options, words):
    done = run(command, *options)
    assert done.returncode in (USAGE, CONFIGURATION), done.stdout + done.stderr
    assert all(word in done.stderr for word in words), done.stderr


def test_rules_of_a_file_are_refused_too(tmp_path):
    path = tmp_path / "halley.yaml"
    for rules, word in [('["a", "a count=1"]', "“a”"), ('["a:* count=1"]', "“a:”"), ('["a publish=hook"]', "hook")]:
        path.write_text(f"rule: {rules}\n")
        done = run("check-config", "--config", path)
        assert done.returncode == CONFIGURATION and word in done.stderr, done.stderr


@pytest.mark.parametrize("line", ["api-key: null", "api-key: ~", "api-key:", "port: null", "rule: [null]", "rule: [a, ~]"])
def test_a_line_without_a_value_is_refused(tmp_path, line):
    """Read as text it would be the word itself: an API key that everybody knows."""
    path = tmp_path / "halley.yaml"
    path.write_text(f"{line}\n")
    done = run("check-config", "--config", path)
    assert done.returncode == CONFIGURATION and line.split(":")[0] in done.stderr, done.stderr


NUMBERS = [
    "port", "threads", "retry", "max-connections", "max-connections-per-address", "publish-rate", "command-rate",
]  # fmt: skip
SIZES = ["history-memory", "max-body", "max-head", "max-uri", "max-message", "send-limit"]
TIMES = [
    "drain", "heartbeat", "ping-interval", "pong-timeout", "head-timeout", "body-timeout", "takeover-timeout",
    "idle-timeout", "stall-timeout",
]  # fmt: skip
MAY_BE_NOTHING = {
    "port", "threads", "retry", "max-connections", "publish-rate", "command-rate", "history-memory", "drain",
}  # fmt: skip


@pytest.mark.parametrize("name", [*NUMBERS, *SIZES, *TIMES])
@pytest.mark.parametrize("value", [BIGGEST, f"{BIGGEST}0", "-1", "0", "x", "nan", "1e300"])
def test_numbers_out_of_range_are_refused(name, value):
    done = run("check-config", f"--{name}={value}")
    if value == "0" and name in MAY_BE_NOTHING:
        assert done.returncode == 0, done.stderr
    else:
        assert done.returncode == USAGE and f"--{name}" in done.stderr, done.stdout + done.stderr


# At the ends of their ranges: the server starts, and does what it is for.
LARGEST = [
    "--retry", "3600000", "--max-connections-per-address", "10000000", "--publish-rate", "100000000",
    "--command-rate", "100000000", "--history-memory", "1024GiB", "--max-body", "1GiB", "--max-head", "16MiB",
    "--max-uri", "16MiB", "--max-message", "1GiB", "--send-limit", "1GiB",
    *(word for name in TIMES[1:] for word in (f"--{name}", "1d")),
    "--rule", "default count=1000000000 age=10000d bytes=1024GiB budget=1024GiB topics=100000000",
]  # fmt: skip
SMALLEST = [
    "--retry", "0", "--max-connections-per-address", "10", "--history-memory", "0",
    "--rule", "default count=0 age=0 bytes=0 budget=0 topics=1",
]  # fmt: skip


@pytest.mark.parametrize(("options", "count"), [(LARGEST, 1), (SMALLEST, 0)], ids=["largest", "smallest"])
def test_at_the_ends_of_the_ranges_it_serves(start_server, topic, options, count):
    done = run("check-config", *options)
    assert done.returncode == 0, done.stderr
    server = start_server(*options)
    publish(server, topic, data="x")
    assert len(poll(server, topic, cursor="earliest")["messages"]) == count


def warnings(*options) -> list[str]:
    done = run("check-config", *options)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stderr.splitlines() if "warning" in line]


OPEN = [
    (["secret: subscribe=key"], ["“secret:”", "“secret”", "subscribe=key"]),
    (["secret: subscribe=key history=key"], ["subscribe=key history=key"]),
    (["a/ history=key"], ["“a”"]),
    (["chat: publish=everyone", "chat:staff: publish=key"], ["“chat:staff”", "“chat:”", "publish=key"]),
]
CLOSED = [
    ["secret subscribe=key"],
    ["default subscribe=key history=key", "secret: subscribe=key history=key"],
    ["secret: subscribe=key history=key", "secret subscribe=key history=key"],
    ["chat: publish=everyone"],
    [": subscribe=key history=key"],
]


def ruled(rules) -> list[str]:
    return [word for rule in rules for word in ("--rule", rule)]


@pytest.mark.parametrize(("rules", "words"), OPEN)
def test_a_topic_that_stays_open_beside_its_rule_is_warned_of(rules, words):
    (warning,) = warnings(*ruled(rules))
    assert all(word in warning for word in words), warning


@pytest.mark.parametrize("rules", CLOSED, ids=" | ".join)
def test_nothing_is_warned_of_where_it_is_closed_too(rules):
    assert warnings(*ruled(rules)) == []


def test_rules_that_are_left_without_memory_are_warned_of():
    (warning,) = warnings("--rule", "a budget=200MiB", "--rule", "b budget=56MiB")
    assert "“default”" in warning and "history-memory" in warning
    assert warnings("--rule", "a budget=200MiB", "--rule", "b budget=55MiB") == []


def test_the_server_warns_too_and_serves(start_server, topic):
    server = start_server("--rule", "secret: subscribe=key")
    assert publish(server, topic, data="x")
    assert "warning" in server.log and "“secret”" in server.log


def rules_of(*options) -> dict[str, dict[str, str]]:
    """What `check-config` prints of each rule."""
    done = run("check-config", *options)
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines() if line.startswith("  ")]
    return {words[0]: dict(word.split("=", 1) for word in words[1:]) for words in lines}


DEFAULT = {
    "publish": "key", "subscribe": "everyone", "history": "everyone", "presence": "list", "count": "1000",
    "age": "10m", "bytes": "1MiB", "slow": "rewind", "topics": "100000",
}  # fmt: skip


def test_every_rule_is_shown_in_full():
    (default,) = rules_of().values()
    assert DEFAULT.items() <= default.items() and default["budget"] == "256MiB"
    shown = rules_of("--demo", "--history-memory", "1GiB", "--rule", "chat: publish=everyone age=90s budget=256MiB slow=skip")
    assert set(shown) == {"default", "demo:", "chat:"}
    assert DEFAULT.items() <= shown["default"].items()
    assert (DEFAULT | {"publish": "everyone"}).items() <= shown["demo:"].items()
    own = {"publish": "everyone", "age": "90s", "budget": "256MiB", "slow": "skip"}
    assert (DEFAULT | own).items() <= shown["chat:"].items()
    # What is left is shared.
    assert shown["default"]["budget"] == shown["demo:"]["budget"] == "384MiB"


def test_what_is_shown_can_be_said():
    said = ruled(["default count=7 age=250ms", "chat: publish=everyone bytes=1000 budget=3KiB topics=9 presence=off"])
    shown = rules_of(*said)
    again = ruled(" ".join([name, *(f"{key}={value}" for key, value in rule.items())]) for name, rule in shown.items())
    assert rules_of(*again) == shown
