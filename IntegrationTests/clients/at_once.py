"""Tests that take their time, but little else: they run side by side, and each is asked for by its name."""

from concurrent.futures import ThreadPoolExecutor


class AtOnce:
    def __init__(self, scenarios: dict):
        """By name functions without arguments; all of them begin now."""
        self._pool = ThreadPoolExecutor(len(scenarios))
        self._futures = {name: self._pool.submit(scenario) for name, scenario in scenarios.items()}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._pool.shutdown()

    def settled(self, name: str):
        """Waits for its end, whatever that is."""
        self._futures[name].exception()

    def result(self, name: str):
        """What it gave; or raises what it failed with."""
        return self._futures[name].result()
