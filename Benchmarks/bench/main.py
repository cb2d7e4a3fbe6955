"""Runs the figures, prints them as Markdown, holds them to their bounds. Started by run.sh."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack

from figures import FIGURES, Context
from load import Invalid
from report import ROOT, bounds_markdown, heading, markdown

BENCHMARKS = os.path.join(ROOT, "Benchmarks")


def prepare(folder):
    """Bodies and the Go peer, both in the temporary folder."""
    bodies = {}
    for name, options in (("small", []), ("large", ["--users", "20000", "--posts", "10000", "--accounts", "1000"])):
        bodies[name] = os.path.join(folder, name)
        subprocess.run([sys.executable, os.path.join(BENCHMARKS, "payloads.py"), bodies[name], *options], check=True, stdout=subprocess.DEVNULL)
    go = os.path.join(folder, "go-peer")
    env = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false"}
    if "HOME" not in os.environ:
        env.setdefault("GOCACHE", os.path.join(folder, "go-cache"))
    subprocess.run(["go", "build", "-o", go, "."], cwd=os.path.join(BENCHMARKS, "go-peer"), check=True, env=env)
    return go, bodies["small"], bodies["large"]


def main():
    options = argparse.ArgumentParser(prog="run.sh")
    options.add_argument("--quick", action="store_true", help="two rounds instead of five, and latest.md stays as it is")
    options.add_argument("--only", default="".join(FIGURES), help="which figures, for example a,c")
    options.add_argument("--binary", default=os.path.join(ROOT, ".build/release/tributary"), help="measure this binary, build nothing")
    o = options.parse_args()
    chosen = [key for key in FIGURES if key in o.only]
    binary = os.path.abspath(o.binary)
    for needed in ("nginx", "wrk", "go"):
        if not shutil.which(needed):
            sys.exit(f"bench: {needed} is missing (make bench installs it)")
    # A signal must unwind the stack that stops the processes.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))

    texts, bounds, invalid = [heading("Measured", binary)], [], []
    print(texts[0], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # nginx's worker runs as another user
        go, small, large = prepare(folder)
        for key in chosen:
            start = time.monotonic()
            try:
                with ExitStack() as stack:
                    table = FIGURES[key](Context(binary, go, folder, small, large, 2 if o.quick else 5, stack))
                texts.append(markdown(table))
                bounds += table.bounds
                print(texts[-1], flush=True)
            except (Invalid, RuntimeError, OSError, subprocess.SubprocessError) as error:
                invalid.append(f"figure {key} could not be measured: {error}")
                print(invalid[-1], "\n", flush=True)
            print(f"bench: figure {key} took {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    if bounds:
        texts.append(bounds_markdown(bounds))
        print(texts[-1], flush=True)
    if not o.quick and len(chosen) == len(FIGURES) and not invalid:
        os.makedirs(os.path.join(BENCHMARKS, "results"), exist_ok=True)
        with open(os.path.join(BENCHMARKS, "results", "latest.md"), "w") as f:
            f.write("\n".join(texts))
    missed = invalid + [f"{b.what}: {b.value:.2f} {b.unit}, at most {b.most:g}" for b in bounds if not b.holds]
    for line in missed:
        print(f"bench: MISSED: {line}", file=sys.stderr)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
