"""What is measured. Each row runs every server that can do it once, in turn; a run of them all is a round."""

import dataclasses
import json
import subprocess

import servers

#: Deliveries in one measurement of a fast server; set from outside.
DELIVERIES = 400_000


@dataclasses.dataclass(frozen=True)
class Figure:
    """What a table shows: a title, and one value for each server and round."""

    key: str
    title: str
    unit: str


class Bench:
    """Calls the load generator, pinned to its core."""

    def __init__(self, core="1"):
        self.core = core

    def __call__(self, server, command, *options):
        pids = [option for pid in server.pids() for option in ("--pid", pid)]
        line = [
            "taskset", "-c", self.core, str(servers.HALLEY), "bench", command, "--json", "--size", "128", *pids,
            *server.publish_options(), *options,
        ]
        done = subprocess.run(line, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise RuntimeError(f"{server.name}: {done.stderr.strip()}")
        return json.loads(done.stdout)


class FanOut:
    """CPU of a delivery with 1 and with 16 outstanding; memory and CPU of a connection on the way."""

    def __init__(self, transport, connections, tells_connections):
        self.transport, self.connections, self.tells_connections = transport, connections, tells_connections

    def peers(self):
        return [peer for peer in servers.ALL if self.transport in peer.transports]

    def figures(self):
        what = f"{ {'ws': 'WebSocket', 'sse': 'Server-Sent Events'}[self.transport]}, {self.connections:,} subscribers"
        key = f"{self.transport}-{self.connections}"
        figures = [
            Figure(f"{key}-1", f"CPU per delivery, 1 outstanding: {what}", "µs"),
            Figure(f"{key}-16", f"CPU per delivery, 16 outstanding: {what}", "µs"),
        ]
        if self.tells_connections:
            figures += [
                Figure(f"{key}-memory", f"Memory per idle connection: {what}", "KiB"),
                Figure(f"{key}-connect", f"CPU per connect and subscribe: {what}", "µs"),
            ]
        return figures

    def measure(self, peer):
        key = f"{self.transport}-{self.connections}"
        with peer() as server:
            one = self.run(server, 1)
            sixteen = self.run(server, 16)
        yield f"{key}-1", one["delivery_server_cpu_us"], one
        yield f"{key}-16", sixteen["delivery_server_cpu_us"], sixteen
        if self.tells_connections:
            yield f"{key}-memory", one["memory_per_connection_kib"], one
            yield f"{key}-connect", one["connect_server_cpu_us"], one

    def run(self, server, outstanding):
        publications = max(outstanding * 2, int(DELIVERIES * server.share / self.connections / outstanding) * outstanding)
        return Bench()(
            server, "fan-out", "--connections", str(self.connections), "--outstanding", str(outstanding),
            "--publications", str(publications), *server.subscribe_options(self.transport),
        )


class Growth:
    """How much dearer a delivery gets with many subscribers."""

    many, few = 16_000, 1_000

    def peers(self):
        return [servers.Floor, servers.Halley, servers.Nchan]

    def figures(self):
        return [Figure("growth", f"CPU per delivery with {self.many:,} subscribers in relation to {self.few:,}: WebSocket", "×")]

    def measure(self, peer):
        with peer() as server:
            few = FanOut("ws", self.few, False).run(server, 1)
            many = FanOut("ws", self.many, False).run(server, 1)
        lost = {"lost": few["lost"] + many["lost"], "warnings": few["warnings"] + many["warnings"]}
        yield "growth", many["delivery_server_cpu_us"] / few["delivery_server_cpu_us"], lost


class Resume:
    """Everyone comes back at once."""

    def __init__(self, connections):
        self.connections = connections

    def peers(self):
        return [peer for peer in servers.ALL if peer.resumes]

    def figures(self):
        title = f"CPU per replayed publication: {self.connections:,} come back, 100 missed, Server-Sent Events"
        return [Figure("resume", title, "µs")]

    def measure(self, peer):
        with peer() as server:
            result = Bench()(
                server, "resume", "--connections", str(self.connections), "--missed", "100", *server.subscribe_options("sse"))
        yield "resume", result["delivery_server_cpu_us"], result


class Publish:
    """POST by POST over one connection."""

    def peers(self):
        return [peer for peer in servers.ALL if peer.publishes_by_post]

    def figures(self):
        return [Figure("publish", "CPU per publication: keep-alive POST, no subscriber", "µs")]

    def measure(self, peer):
        with peer() as server:
            result = Bench()(server, "publish", "--publications", str(int(20_000 * max(server.share, 0.3))))
        yield "publish", result["publish_server_cpu_us"], result


class TwoLoops:
    """Two event loops on both cores; the load generator has no core of its own then."""

    connections = 1_000

    def peers(self):
        return [servers.Halley, servers.HalleyTwoLoops]

    def figures(self):
        title = f"Two event loops on two cores, which the load generator shares: WebSocket, {self.connections:,} subscribers"
        return [Figure("loops", f"CPU per delivery. {title}", "µs"), Figure("loops-rate", f"Deliveries a second. {title}", "/s")]

    def measure(self, peer):
        with peer(cores="0" if peer.threads == 1 else "0,1") as server:
            result = Bench("0,1")(
                server, "fan-out", "--connections", str(self.connections), "--outstanding", "16", "--publications", "1600",
                *server.subscribe_options("ws"))
        yield "loops", result["delivery_server_cpu_us"], result
        yield "loops-rate", result["deliveries_per_second"], result


def full():
    return [
        FanOut("ws", 1_000, False), FanOut("ws", 10_000, True), FanOut("sse", 1_000, False), FanOut("sse", 10_000, True),
        Resume(10_000), Publish(), Growth(), TwoLoops(),
    ]


def quick():
    return [FanOut("ws", 1_000, True), FanOut("sse", 1_000, True), Resume(1_000), Publish(), TwoLoops()]
