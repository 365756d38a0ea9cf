"""The program `halley` as users run it."""

import subprocess
from pathlib import Path

from clients.deadline import PATIENCE, wait_until
from clients.server import BINARY, environment


def run(*arguments, stdin: str | bytes = b"", env=None, timeout: float = 30) -> subprocess.CompletedProcess:
    stdin = stdin.encode() if isinstance(stdin, str) else stdin
    command = [str(BINARY), *map(str, arguments)]
    done = subprocess.run(command, input=stdin, capture_output=True, env=environment(env), timeout=timeout * PATIENCE)
    done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
    return done


class Follower:
    """`halley subscribe` in the background."""

    def __init__(self, directory: Path, server, *arguments):
        self._output, self._errors = directory / "subscribe.txt", directory / "subscribe-errors.txt"
        command = [str(BINARY), "subscribe", *map(str, arguments), "--url", server.url]
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, env=environment()
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()

    @property
    def lines(self) -> list[str]:
        """The whole ones."""
        return self._output.read_text().split("\n")[:-1]

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    def await_lines(self, count: int) -> list[str]:
        wait_until(lambda: len(self.lines) >= count, f"{count} lines of `halley subscribe`", timeout=20)
        return self.lines
