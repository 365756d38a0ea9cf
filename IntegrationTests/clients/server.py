"""A Halley process of its own: started, awaited, stopped by its process id, and looked at afterwards."""

import os
import re
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path

from clients.deadline import PATIENCE, wait_until
from clients.http import KEY

REPOSITORY = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("HALLEY_BINARY", ".build/debug/halley"))
if not BINARY.is_absolute():
    BINARY = REPOSITORY / BINARY

_LISTENING = re.compile(r"^listening on http://127\.0\.0\.1:(\d+)\s*$", re.MULTILINE)


def environment(extra=None) -> dict:
    """Ours without what would configure Halley unasked."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HALLEY_")} | (extra or {})


def _option(options, name: str, default: float) -> float:
    return float(options[options.index(name) + 1]) if name in options else default


class Server:
    def __init__(self, directory: Path, *options: str, env=None, port: int = 0, api_key: str | None = KEY):
        assert BINARY.exists(), f"no {BINARY}; build it, or set HALLEY_BINARY"
        options = [str(option) for option in options]
        if "--drain" not in options:
            options += ["--drain", "2"]
        self.drain = _option(options, "--drain", 2)
        self._output, self._log = directory / "output.txt", directory / "log.txt"
        arguments = [str(BINARY), "serve", "--port", str(port), *(["--api-key", api_key] if api_key else []), *options]
        with self._output.open("wb") as output, self._log.open("wb") as log:
            self.process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=log, env=environment(env)
            )
        self.expected_to_live = True
        self.port = self._await_port()

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """All that it has written, on both outputs."""
        return self._output.read_text(errors="replace") + self._log.read_text(errors="replace")

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def resident_bytes(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024

    @property
    def open_files(self) -> int:
        """Its connections and some more."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    def signal(self, number: int = signal.SIGTERM):
        self.expected_to_live = False
        self.process.send_signal(number)

    def await_exit(self, timeout: float) -> int:
        self.expected_to_live = False
        return self.process.wait(timeout * PATIENCE)

    def stop(self):
        """As an operator does; it must end well and in time."""
        if self.alive:
            self.signal(signal.SIGTERM)
        try:
            code = self.await_exit(self.drain + 5)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not stop within its drain time\n{self.log[-3000:]}") from None
        assert code == 0, f"ended with {code}\n{self.log[-3000:]}"

    def kill(self):
        """As a power cut does."""
        self.expected_to_live = False
        if self.alive:
            self.process.kill()
        self.process.wait(10)

    def close(self):
        """At the end of its test: what is still running must stop well; what crashed is told."""
        died = self.expected_to_live and not self.alive
        assert not died, f"died by itself with {self.process.returncode}\n{self.log[-3000:]}"
        if self.alive:
            self.stop()
        assert "Fatal error" not in self.log, self.log[-3000:]

    def _await_port(self) -> int:
        try:
            match = wait_until(self._listening_or_dead, "the line “listening on …” on standard output", timeout=15)
        except AssertionError:
            self.kill()
            raise
        if match is True:
            raise AssertionError(f"did not start, exit code {self.process.returncode}\n{self.log[-3000:]}")
        return int(match.group(1))

    def _listening_or_dead(self):
        return _LISTENING.search(self._output.read_text(errors="replace")) or not self.alive


@contextmanager
def starter(new_directory):
    """A function that starts servers; all of them are stopped and checked at the end."""
    servers: list[Server] = []

    def start(*options, **keywords) -> Server:
        server = Server(new_directory(), *options, **keywords)
        servers.append(server)
        return server

    try:
        yield start
    finally:
        _close_all(servers)


def _close_all(servers: list[Server]):
    failures = []
    for server in servers:
        try:
            server.close()
        except AssertionError as failure:
            failures.append(failure)
        finally:
            server.kill()
    if failures:
        raise failures[0]
