"""Which machine this is, and whether it was quiet."""

import os
import pathlib
import platform
import resource


def description():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "unknown")
    memory = pathlib.Path("/proc/meminfo").read_text().split()[1]
    return f"{model}, {os.cpu_count()} cores, {int(memory) / (1 << 20):.0f} GiB, Linux {platform.release()}"


def raise_file_limit(wanted=20_000):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard == resource.RLIM_INFINITY or hard >= wanted
