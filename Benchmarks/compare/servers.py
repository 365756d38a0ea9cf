"""The servers that are compared: how each is started on its core, and how the load generator reaches it."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / ".build" / "compare"
PYTHON = WORK / "venv" / "bin" / "python"
HALLEY = ROOT / ".build" / "release" / "halley"


class Server:
    """One server process (and its workers), pinned to cores."""

    name = ""
    #: The transports that it has: "ws", "sse".
    transports = ()
    resumes = False
    publishes_by_post = True
    #: Deliveries in a measurement, in relation to those of the fast ones.
    share = 1.0

    def __init__(self, cores="0"):
        self.cores = cores
        self.port = free_port()
        self.folder = tempfile.mkdtemp(prefix="halley-compare-")
        self.process = None

    def __enter__(self):
        log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(["taskset", "-c", self.cores, *self.command()], stdout=log, stderr=log)
        try:
            self.wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait(self):
        for _ in range(200):
            if self.process.poll() is not None:
                log = pathlib.Path(self.folder, "log").read_text(errors="replace")
                raise RuntimeError(f"{self.name} did not start:\n{log}")
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not listen")

    def pids(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [str(self.process.pid), *children]

    def command(self):
        raise NotImplementedError

    def publish_options(self):
        return ["--publish-url", f"http://127.0.0.1:{self.port}/publish"]

    def subscribe_options(self, transport):
        raise NotImplementedError

    @classmethod
    def version(cls):
        raise NotImplementedError


class Floor(Server):
    name = "floor"
    transports = ("ws", "sse")
    resumes = True

    def command(self):
        return [str(WORK / "floor"), str(self.port)]

    def subscribe_options(self, transport):
        scheme = "ws" if transport == "ws" else "http"
        return ["--subscribe-url", f"{scheme}://127.0.0.1:{self.port}/{transport}"]

    @classmethod
    def version(cls):
        return "one send(2) a subscriber and burst, in C"


class Halley(Server):
    name = "Halley"
    transports = ("ws", "sse")
    resumes = True
    threads = 1

    def command(self):
        return [
            str(HALLEY), "serve", "--port", str(self.port), "--threads", str(self.threads), "--api-key", "bench",
            "--publish-rate", "0",
        ]

    def publish_options(self):
        return ["--url", f"http://127.0.0.1:{self.port}", "--api-key", "bench"]

    def subscribe_options(self, transport):
        return ["--transport", transport]

    @classmethod
    def version(cls):
        commit = output("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
        return f"{output(str(HALLEY), '--version')} ({commit})"


class HalleyTwoLoops(Halley):
    name = "Halley, two event loops"
    threads = 2


class Nchan(Server):
    name = "nchan"
    transports = ("ws", "sse")
    resumes = True
    module = "/usr/lib/nginx/modules/ngx_nchan_module.so"
    nginx = shutil.which("nginx") or "/usr/sbin/nginx"

    def wait(self):
        super().wait()
        # The port is there before the worker is: without its process nothing would be measured.
        for _ in range(200):
            if len(self.pids()) > 1:
                return
            time.sleep(0.05)
        raise RuntimeError("nginx has no worker")

    def command(self):
        text = (HERE / "peers" / "nchan.conf").read_text()
        for name, value in {"MODULE": self.module, "FOLDER": self.folder, "PORT": str(self.port)}.items():
            text = text.replace(f"@{name}@", value)
        # The worker gives up its rights where nginx is started as root: it must still get at its folder.
        os.chmod(self.folder, 0o755)
        path = pathlib.Path(self.folder, "nginx.conf")
        path.write_text(text)
        return [self.nginx, "-p", self.folder, "-e", "stderr", "-c", str(path)]

    def publish_options(self):
        return ["--publish-url", f"http://127.0.0.1:{self.port}/pub?id=bench"]

    def subscribe_options(self, transport):
        scheme = "ws" if transport == "ws" else "http"
        return ["--subscribe-url", f"{scheme}://127.0.0.1:{self.port}/{transport}?id=bench"]

    @classmethod
    def version(cls):
        nginx = subprocess.run([cls.nginx, "-v"], capture_output=True, text=True, check=True).stderr.strip().split("/")[-1]
        return f"{package_version('libnginx-mod-nchan')}, nginx {nginx}"


class NodeWS(Server):
    name = "ws (Node)"
    transports = ("ws",)

    def command(self):
        return ["/usr/bin/nodejs", str(HERE / "peers" / "ws-node.js"), str(self.port)]

    def __enter__(self):
        # Where Debian has its modules; a Node of another origin does not look there.
        os.environ["NODE_PATH"] = "/usr/share/nodejs"
        return super().__enter__()

    def subscribe_options(self, transport):
        return ["--subscribe-url", f"ws://127.0.0.1:{self.port}/"]

    @classmethod
    def version(cls):
        return f"{package_version('node-ws')}, Node {output('/usr/bin/nodejs', '--version')}"


class WebSocketsPython(Server):
    name = "websockets (Python)"
    transports = ("ws",)
    publishes_by_post = False
    share = 0.3

    def command(self):
        return [str(PYTHON), str(HERE / "peers" / "websockets_python.py"), str(self.port)]

    def publish_options(self):
        return ["--publish-url", f"ws://127.0.0.1:{self.port}/"]

    def subscribe_options(self, transport):
        return ["--subscribe-url", f"ws://127.0.0.1:{self.port}/"]

    @classmethod
    def version(cls):
        return python_versions("websockets", "uvloop")


class SocketIOPython(Server):
    name = "python-socketio"
    transports = ("ws",)
    share = 0.1
    websockets = "websockets-sansio"

    def command(self):
        return [str(PYTHON), str(HERE / "peers" / "socketio_python.py"), str(self.port), self.websockets]

    def subscribe_options(self, transport):
        return ["--subscribe-url", f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket", "--greeting", "40"]

    @classmethod
    def version(cls):
        return python_versions("python-socketio", "uvicorn", "uvloop", "websockets")


ALL = [Floor, Halley, Nchan, NodeWS, WebSocketsPython, SocketIOPython]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def package_version(package):
    return output("dpkg-query", "--show", "--showformat", "${Version}", package)


def python_versions(*packages):
    script = "import sys, importlib.metadata as m; print(', '.join(f'{p} {m.version(p)}' for p in sys.argv[1:]))"
    return output(str(PYTHON), "-c", script, *packages)
