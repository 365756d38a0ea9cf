#!/usr/bin/env python3
"""Measures Halley, other servers and the floor in turn, and writes the tables of docs/performance.md."""

import argparse
import datetime
import json
import os
import pathlib
import sys

import machine
import rows
import servers
import tables


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round with 1,000 connections, to try it out")
    parser.add_argument("--rounds", type=int, help="rounds (default: 5, with --quick 1)")
    parser.add_argument("--deliveries", type=int, help="deliveries in one measurement (default: 400000, with --quick 100000)")
    parser.add_argument("--only", action="append", help="a server's name, in part; may repeat")
    parser.add_argument("--row", action="append", help="a table's title, in part; may repeat, and prints instead of writing")
    parser.add_argument("--halley", type=pathlib.Path, help="the binary (default: the release build)")
    parser.add_argument("--page", type=pathlib.Path, help="the page (default: docs/performance.md; - for standard output)")
    given = parser.parse_args()
    rows.DELIVERIES = given.deliveries or (100_000 if given.quick else 400_000)
    given.rounds = given.rounds or (1 if given.quick else 5)
    return given


def prepare(given):
    if not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        sys.exit("The comparison needs Linux and two cores: one for the server, one for the load generator.")
    if not machine.raise_file_limit():
        print("A process may have fewer than 20,000 open files here: the rows with more subscribers fail.", file=sys.stderr)
    if given.halley:
        servers.HALLEY = given.halley.resolve()
    if given.only:
        servers.ALL = [one for one in servers.ALL if any(word.lower() in one.name.lower() for word in given.only)]


class Results:
    """The values by figure and server."""

    def __init__(self):
        self.values, self.failures = {}, {}

    def measure(self, row, peer):
        try:
            for key, value, report in row.measure(peer):
                print(f"  {peer.name}: {key} {value:.4g}", file=sys.stderr)
                note = {name: count for name, count in report.items() if isinstance(count, int)}
                self.values.setdefault(key, {}).setdefault(peer.name, []).append((value, note))
        except Exception as error:  # one server that fails must not end the others' measurements
            reason = str(error).strip().split("\n")[-1] or repr(error)
            print(f"  {peer.name} failed: {reason}", file=sys.stderr)
            for figure in row.figures():
                self.failures.setdefault(figure.key, {})[peer.name] = reason


def is_wanted(row, given):
    titles = [figure.title.lower() for figure in row.figures()]
    return not given.row or any(word.lower() in title for word in given.row for title in titles)


def run(given, results):
    chosen = [row for row in (rows.quick() if given.quick else rows.full()) if is_wanted(row, given)]
    allowed = set(servers.ALL) | {servers.HalleyTwoLoops}
    for turn in range(given.rounds):
        for row in chosen:
            print(f"round {turn + 1} of {given.rounds}: {row.figures()[0].title}", file=sys.stderr)
            for peer in row.peers():
                if peer in allowed:
                    results.measure(row, peer)
    return chosen


def versions():
    for peer in servers.ALL:
        try:
            yield f"{peer.name}: {peer.version()}"
        except Exception as error:
            yield f"{peer.name}: unknown version ({error})"


def page(given, chosen, results, began):
    load = os.getloadavg()
    text = [
        f"Measured on {began:%Y-%m-%d %H:%M} UTC, in {given.rounds} round{'s' if given.rounds > 1 else ''}"
        f"{' (quick)' if given.quick else ''}, with payloads of 128 bytes.\n",
        f"- Machine: {machine.description()}; load average afterwards {load[0]:.1f}",
        *(f"- {version}" for version in versions()), "",
    ]
    for row in chosen:
        for figure in row.figures():
            text.append(tables.table(figure, results.values.get(figure.key, {}), results.failures.get(figure.key, {})))
    return "\n".join(text)


def main():
    given = arguments()
    prepare(given)
    began = datetime.datetime.now(datetime.timezone.utc)
    results = Results()
    chosen = run(given, results)
    (servers.WORK / "results.json").write_text(json.dumps(results.values, indent=1))
    text = page(given, chosen, results, began)
    if str(given.page) == "-" or (given.row and not given.page):
        print(text)
    else:
        path = given.page or servers.ROOT / "docs" / "performance.md"
        tables.write(path, text)
        print(f"written to {path}", file=sys.stderr)


if __name__ == "__main__":
    main()
