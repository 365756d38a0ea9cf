"""One cursor, any technique: a client that changes its transport again and again, and is cut anywhere, gets everything
exactly once and in order."""

import os
import random
import threading
from collections import Counter

import pytest

from clients.connection import Connection
from clients.deadline import Deadline
from clients.publishing import Publisher
from clients.walk import TECHNIQUES, Visit, visit

SEED = int(os.environ.get("HALLEY_WALK_SEED", "20260"))
VISITS = int(os.environ.get("HALLEY_WALK_VISITS", "200"))
PUBLICATIONS = int(os.environ.get("HALLEY_WALK_PUBLICATIONS", "10000"))
TOPICS = 5
LONGEST_CUT = 30_000


class NumberPublisher(threading.Thread):
    """Publishes the numbers from 0 on, as far as it is allowed to, each to some of the topics."""

    def __init__(self, server, topics: list[str], choices: random.Random):
        super().__init__(daemon=True)
        self._server, self._topics, self._choices = server, topics, choices
        self._published, self._allowed, self._stopped = 0, 0, False
        self._changed = threading.Condition()
        self.failure: Exception | None = None

    def allow(self, count: int):
        with self._changed:
            self._allowed = count
            self._changed.notify()

    def stop(self):
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self.join(30)

    def run(self):
        try:
            with Publisher(self._server.port) as publisher:
                self._publish_all(publisher)
        except Exception as failure:  # told by the walk, which would else only wait for what never comes
            self.failure = failure

    def _publish_all(self, publisher: Publisher):
        while room := self._await_room():
            count = min(room, self._choices.choice([1, 1, 2, 5, 20]))
            publisher.batch([self._entry(number) for number in range(self._published, self._published + count)])
            self._published += count

    def _await_room(self) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._allowed > self._published or self._stopped)
            return 0 if self._stopped else self._allowed - self._published

    def _entry(self, number: int) -> dict:
        topics = self._choices.sample(self._topics, self._choices.choice([1, 1, 1, 2, 3]))
        # Some are long, so that cuts fall into the middle of messages, and some need more than one byte a character.
        filling = self._choices.choice(["", "ü", "x" * 20, "🦅" * 10, "y" * 400])
        return {"topics": topics, "data": f"{number} {filling}"}


class Walk:
    def __init__(self, server, topics: list[str], choices: random.Random):
        self._server, self._topics, self._choices = server, topics, choices
        self.cursor = "earliest"
        self.numbers: list[int] = []
        self.visits, self.cuts = Counter(), Counter()

    def step(self, technique: str, wanted: int, *, may_be_cut: bool = True):
        """One connection, on which so many publications are awaited, which must come."""
        where = self._visit(may_be_cut)
        wanted += len(self.numbers)
        for arrival in visit(technique, where):
            self.cursor = arrival.cursor
            if arrival.data is not None:
                self.numbers.append(int(arrival.data.split()[0]))
                self._check_last(technique)
            elif len(self.numbers) >= wanted:
                break
            if len(self.numbers) >= wanted and "poll" not in technique:
                break
        self.visits[technique] += 1
        if where.connection.allowance == 0:
            self.cuts[technique] += 1
        self._choices.choice([Connection.close, Connection.reset])(where.connection)

    def _visit(self, may_be_cut: bool) -> Visit:
        is_cut = may_be_cut and self._choices.random() < 0.7
        # Half of the cuts fall into the head or the first message.
        longest = self._choices.choice([600, LONGEST_CUT])
        return Visit(
            self._server.port, self._topics, self.cursor,
            allowance=self._choices.randrange(longest) if is_cut else None,
            by_header=self.cursor != "earliest" and self._choices.random() < 0.3,
            limit=self._choices.choice([1, 7, 100, 1000]), is_raw=self._choices.random() < 0.5,
        )  # fmt: skip

    def _check_last(self, technique: str):
        expected = len(self.numbers) - 1
        assert self.numbers[-1] == expected, f"{self.numbers[-1]} instead of {expected} by {technique}"


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_one_cursor_any_technique(start_server, topics):
    print(f"HALLEY_WALK_SEED={SEED} HALLEY_WALK_VISITS={VISITS} HALLEY_WALK_PUBLICATIONS={PUBLICATIONS}")
    rule = f"default count={PUBLICATIONS + 1000} bytes=64MiB"
    server = start_server("--demo", "--rule", rule, "--heartbeat", "0.1")
    choices = random.Random(SEED)
    walk = Walk(server, topics[:TOPICS], choices)
    publisher = NumberPublisher(server, topics[:TOPICS], random.Random(SEED + 1))
    publisher.start()
    deadline = Deadline(180)
    try:
        for number in range(1, VISITS + 1):
            allowed = PUBLICATIONS * number // VISITS
            publisher.allow(allowed)
            waiting = allowed - len(walk.numbers)
            technique = choices.choice(list(TECHNIQUES))
            walk.step(technique, choices.randint(0, min(waiting, 200)))
            assert publisher.failure is None and not deadline.passed, publisher.failure
        while len(walk.numbers) < PUBLICATIONS:
            assert publisher.failure is None and not deadline.passed, publisher.failure
            walk.step(choices.choice(list(TECHNIQUES)), PUBLICATIONS - len(walk.numbers), may_be_cut=False)
    finally:
        publisher.stop()
    assert walk.numbers == list(range(PUBLICATIONS))
    # Nothing comes twice at the end either.
    walk.step("poll", 0, may_be_cut=False)
    assert len(walk.numbers) == PUBLICATIONS
    print(f"visits {dict(walk.visits)}, cut {dict(walk.cuts)}")
    if VISITS >= 200:
        assert set(walk.visits) == set(TECHNIQUES)
        assert walk.cuts.total() >= VISITS / 10
