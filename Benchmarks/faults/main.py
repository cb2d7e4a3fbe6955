"""Runs the scenarios, prints what each found as a row of one table, writes results/faults.md. Started by run.sh."""

import argparse
import asyncio
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(1, os.path.join(os.path.dirname(HERE), "bench"))

# Importing a module registers its scenarios, in the order of the table.
import one_deadline  # noqa: E402, F401
import retries  # noqa: E402, F401
import edge  # noqa: E402, F401
import lifecycle  # noqa: E402, F401
from stack import SCENARIOS, Run  # noqa: E402

COLUMNS = "| scenario | promise | bound | found | |\n|---|---|---|---|---|"


def verdict(row):
    return {True: "holds", False: "**missed**", None: "–"}[row.holds]


def line(row):
    return f"| {row.scenario} | {row.promise} | {row.bound} | {row.found} | {verdict(row)} |"


def heading(binary):
    def said(*command):
        return subprocess.run(command, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout.strip()

    parts = [time.strftime("%Y-%m-%d", time.gmtime()), "commit " + (said("git", "rev-parse", "--short", "HEAD") or "none"),
             f"tributary {said(binary, '--version')}", f"{os.cpu_count()} cores", f"load before the run {os.getloadavg()[0]:.1f}"]
    return "# Faults\n\n" + " · ".join(parts) + "\n"


async def measured(run, name):
    """One scenario with its processes. What cannot be measured is a missed promise."""
    run.name, first, start = name, len(run.rows), time.monotonic()
    with ExitStack() as run.stack:
        try:
            await asyncio.wait_for(SCENARIOS[name](run), 300)
        except Exception as error:  # whatever it is, the other scenarios go on
            run.promise("could be measured", "–", f"{type(error).__name__}: {str(error)[:200]}".replace("\n", " "), False)
    for row in run.rows[first:]:
        print(line(row), flush=True)
    print(f"faults: {name} took {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)


def main():
    options = argparse.ArgumentParser(prog="run.sh", description="Scenarios: " + ", ".join(SCENARIOS))
    options.add_argument("names", nargs="*", metavar="SCENARIO", help="these only; all of them by default")
    options.add_argument("--quick", action="store_true", help="a tenth of the requests")
    options.add_argument("--binary", default=os.path.join(ROOT, ".build/release/tributary"), help="measure this binary, build nothing")
    o = options.parse_args()
    for name in o.names:
        if name not in SCENARIOS:
            sys.exit(f"faults: no scenario {name}; there are {', '.join(SCENARIOS)}")
    # 10,000 connections need as many descriptors, here and in what is started from here.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    # A signal must unwind the stack that stops the processes.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))

    binary = os.path.abspath(o.binary)
    head = heading(binary)
    print(head + "\n" + COLUMNS, flush=True)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # nginx's worker runs as another user
        run = Run(binary, folder, o.quick)
        for name in o.names or SCENARIOS:
            asyncio.run(measured(run, name))
    missed = [row for row in run.rows if row.holds is False]
    end = f"{len(run.rows)} figures, {len(missed)} missed, in {(time.monotonic() - start) / 60:.0f} minutes."
    print("\n" + end)
    if not o.names and not o.quick:
        path = os.path.join(os.path.dirname(HERE), "results", "faults.md")
        with open(path, "w") as f:
            f.write("\n".join([head, COLUMNS, *map(line, run.rows), "", end, ""]))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
