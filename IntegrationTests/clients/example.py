"""A program of Examples/: started on a free port, awaited, stopped by its process id."""

import re
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

from clients.deadline import PATIENCE, wait_until
from clients.server import BINARY

_LISTENING = re.compile(r"^listening on http://127\.0\.0\.1:(\d+)\s*$", re.MULTILINE)


class Example:
    def __init__(self, name: str, directory: Path, *options: str):
        binary = BINARY.parent / name
        assert binary.exists(), f"no {binary}; build it with Scripts/build-debug"
        self._output = directory / f"{name}.txt"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [str(binary), "--port", "0", *options], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        listening = wait_until(lambda: _LISTENING.search(self.output) or self._death(), f"the port of {name}", 15)
        assert listening is not True, self.output
        self.port = int(listening.group(1))

    @property
    def output(self) -> str:
        return self._output.read_text(errors="replace")

    def _death(self) -> bool:
        return self.process.poll() is not None

    def stop(self):
        """As an operator does."""
        assert not self._death(), f"died by itself with {self.process.returncode}\n{self.output[-3000:]}"
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10 * PATIENCE) == 0, self.output[-3000:]


@contextmanager
def running(name: str, directory: Path, *options: str):
    example = Example(name, directory, *options)
    try:
        yield example
        if example.process.returncode is None:
            example.stop()
    finally:
        if example.process.poll() is None:
            example.process.kill()
            example.process.wait(10)
