"""The program `halley` as people run it: at a terminal."""

import contextlib
import os
import subprocess

from clients.cli import environment
from clients.deadline import wait_until
from clients.server import BINARY


class OnTerminal:
    """`halley …` whose outputs are a terminal."""

    def __init__(self, *arguments):
        self._master, slave = os.openpty()
        os.set_blocking(self._master, False)
        self.shown = b""
        """What the terminal was sent; it makes a line end of two bytes."""
        try:
            self.process = subprocess.Popen(
                [str(BINARY), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=slave, stderr=slave,
                env=environment(),
            )  # fmt: skip
        finally:
            os.close(slave)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            os.close(self._master)

    def await_text(self, text: bytes) -> bytes:
        wait_until(lambda: text in self._read(), f"{text!r} on the terminal", timeout=20)
        return self.shown

    def _read(self) -> bytes:
        # At its end a terminal without a program fails.
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 1 << 16):
                self.shown += data
        return self.shown
