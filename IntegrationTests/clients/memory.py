"""How much memory a server needs for something."""

import re
from pathlib import Path


class Growth:
    """From now on; of what was taken and given back again, too."""

    def __init__(self, server):
        self._directory = Path(f"/proc/{server.pid}")
        # The peak is counted from here on (proc(5), “clear_refs”).
        (self._directory / "clear_refs").write_text("5")
        self._before = self._read("VmRSS")

    def _read(self, name: str) -> int:
        status = (self._directory / "status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024

    @property
    def bytes(self) -> int:
        return self._read("VmHWM") - self._before

    def assert_below(self, limit: int):
        assert self.bytes < limit, f"{self.bytes >> 20} MiB more"
