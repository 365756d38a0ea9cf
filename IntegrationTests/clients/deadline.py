"""Waiting for what can be observed, never for time to pass."""

import os
import time

# A sanitizer build or a busy machine needs more of it.
PATIENCE = float(os.environ.get("HALLEY_TEST_PATIENCE", "1"))


class Deadline:
    def __init__(self, seconds: float):
        self._end = time.monotonic() + seconds * PATIENCE

    @property
    def left(self) -> float:
        return max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        return self.left == 0


def wait_until(condition, what: str, timeout: float = 10.0):
    """The first true value of `condition`."""
    deadline = Deadline(timeout)
    while True:
        if value := condition():
            return value
        if deadline.passed:
            raise AssertionError(f"not within {timeout} s: {what}")
        time.sleep(0.01)
