"""nginx and HAProxy with the settings that docs/deploy.md shows, each a process of its own."""

import os
import shutil
import socket
import subprocess
import textwrap
from contextlib import contextmanager
from pathlib import Path

from clients.connection import Connection
from clients.deadline import wait_until
from clients.server import REPOSITORY

TEMPLATES = REPOSITORY / "IntegrationTests" / "proxies"
FILES = {"nginx": "nginx.conf.in", "haproxy": "haproxy.cfg.in"}


def binary(name: str) -> str | None:
    """Debian has it where only the path of root leads."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


def filled(name: str, **values) -> str:
    """The settings, with what is theirs to be filled in."""
    text = (TEMPLATES / FILES[name]).read_text()
    for key, value in values.items():
        text = text.replace(f"@{key.upper()}@", str(value))
    return text


def shown(name: str, **values) -> str:
    """The part that the documentation shows."""
    lines = filled(name, **values).split("\n")
    marks = [index for index, line in enumerate(lines) if line.strip() in ("# shown from here", "# to here")]
    return textwrap.dedent("\n".join(lines[marks[0] + 1 : marks[1]])).strip()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class ReverseProxy:
    def __init__(self, name: str, upstream_port: int, directory: Path, change=lambda text: text):
        self.port = _free_port()
        values = {"listen": f"127.0.0.1:{self.port}", "halley": f"127.0.0.1:{upstream_port}", "directory": directory}
        settings = directory / FILES[name].removesuffix(".in")
        settings.write_text(change(filled(name, **values)))
        self._log = directory / f"{name}.txt"
        # Its workers would be of a user that may not enter our directory.
        user = ["-g", "user root;"] if os.geteuid() == 0 else []
        arguments = {
            "nginx": ["-p", str(directory), "-e", "stderr", "-c", str(settings), *user],
            "haproxy": ["-db", "-f", str(settings)],
        }[name]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [binary(name), *arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            wait_until(self._listens_or_died, f"{name} to listen", timeout=15)
            assert self.process.poll() is None, f"{name} did not start\n{self.log}"
        except AssertionError:
            self.stop()
            raise

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def _listens_or_died(self) -> bool:
        if self.process.poll() is not None:
            return True
        try:
            Connection(self.port, timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self):
        """By its process id; what it still holds is cut."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait(10)


@contextmanager
def reverse_proxy(name: str, upstream_port: int, directory: Path, **options):
    proxy = ReverseProxy(name, upstream_port, directory, **options)
    try:
        yield proxy
    finally:
        proxy.stop()
