"""Runs the Autobahn cases against a server and reads the report. As a program: `autobahn.py OUT HOST:PORT [kosoku's options]`."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

# The suite only tells what it has seen there: data after a close, and close codes that nobody has defined.
INFORMATIONAL = {"7.1.6", "7.13.1", "7.13.2"}
# Where text that is no UTF-8 is noticed at the message's end only.
MAY_BE_LATE = "6.4."


def run(out: Path, address: str, *options: str, timeout: float):
    runner = Path(sys.executable).with_name("kosoku")
    command = [runner, "-m", "fuzzingclient", "-o", out, *options, address]
    # It ends with 1 where a case failed: the report says which.
    subprocess.run(command, timeout=timeout, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


class Report:
    def __init__(self, out: Path):
        (self.cases,) = json.loads((out / "index.json").read_text()).values()

    @property
    def problems(self) -> dict:
        return {
            name: (case["behavior"], case["behaviorClose"])
            for name, case in self.cases.items()
            if not (self._is_good(name, case["behavior"]) and self._is_good(name, case["behaviorClose"]))
        }

    @staticmethod
    def _is_good(name: str, behavior: str) -> bool:
        return (
            behavior == "OK"
            or (behavior == "INFORMATIONAL" and name in INFORMATIONAL)
            or (behavior == "NON-STRICT" and name.startswith(MAY_BE_LATE))
        )

    @property
    def summary(self) -> str:
        counts = Counter(case["behavior"] for case in self.cases.values())
        slowest = max(self.cases, key=lambda name: self.cases[name]["duration"])
        lines = [
            f"{len(self.cases)} cases: " + ", ".join(f"{count} {name}" for name, count in counts.most_common()),
            f"slowest: {slowest} with {self.cases[slowest]['duration']} ms",
        ]
        lines += [f"BAD {name}: {behavior}, close {close}" for name, (behavior, close) in self.problems.items()]
        return "\n".join(lines)


if __name__ == "__main__":
    out, address, *options = sys.argv[1:]
    run(Path(out), address, *options, timeout=7200)
    report = Report(Path(out))
    print(report.summary)
    sys.exit(1 if report.problems else 0)
