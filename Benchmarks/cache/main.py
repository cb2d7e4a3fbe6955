"""Runs the figures of the section cache, prints them as Markdown, holds them to their bounds. Started by run.sh."""

import argparse
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("bench", "faults"):
    sys.path.append(os.path.join(os.path.dirname(HERE), folder))

from failures import redis_failures  # noqa: E402
from flood import flooded  # noqa: E402
from hits import memory_hits, redis_hits  # noqa: E402
from load import Invalid  # noqa: E402
from observability import observability  # noqa: E402
from report import ROOT, bounds_markdown, heading, markdown  # noqa: E402
from security import authenticated_hits  # noqa: E402
from sizes import hit_rates, memory  # noqa: E402
from streams import streams  # noqa: E402
from tokens import token_costs  # noqa: E402
from views import page_views  # noqa: E402

FIGURES = {"hits": memory_hits, "redis": redis_hits, "views": page_views, "faults": redis_failures, "memory": memory, "rates": hit_rates,
           "security": authenticated_hits, "tokens": token_costs, "flood": flooded}
# Not part of a whole run; each has a file of results of its own.
ALONE = {"observability": observability, "streams": streams}
NEEDED = {"nginx": "nginx", "wrk": "wrk", "varnishd": "varnish", "redis-server": "redis-server", "go": "golang-go", "openssl": "openssl", "h2load": "nghttp2-client"}


@dataclass
class Run:
    """What a figure is given. What it starts through this is stopped at its end."""

    binary: str
    folder: str  # temporary, of this figure alone
    small: str  # bodies of an ordinary page view
    quick: bool
    stack: ExitStack

    @property
    def rounds(self):
        return 2 if self.quick else 5

    def own(self, process):
        self.stack.callback(process.stop)
        return process


def measured(key, o, folder):
    """The table of one figure, or why there is none."""
    own = os.path.join(folder, key)
    os.makedirs(own)
    os.chmod(own, 0o755)  # nginx's worker runs as another user
    try:
        with ExitStack() as stack:
            return {**FIGURES, **ALONE}[key](Run(os.path.abspath(o.binary), own, os.path.join(folder, "small"), o.quick, stack)), None
    except (Invalid, RuntimeError, OSError, ValueError, subprocess.SubprocessError) as error:
        return None, f"{key} could not be measured: {error}"


def main():
    options = argparse.ArgumentParser(prog="run.sh")
    options.add_argument("--quick", action="store_true", help="two rounds instead of five, a tenth of the requests, and cache.md stays as it is")
    options.add_argument("--only", default=",".join(FIGURES), help="which figures, for example hits,redis")
    options.add_argument("--binary", default=os.path.join(ROOT, ".build/release/tributary"), help="measure this binary, build nothing")
    o = options.parse_args()
    chosen = o.only.split(",")
    for key in chosen:
        if key not in FIGURES and key not in ALONE:
            sys.exit(f"bench-cache: no figure {key}; there are {', '.join([*FIGURES, *ALONE])}")
    for command, package in NEEDED.items():
        if not shutil.which(command):
            sys.exit(f"bench-cache: {package} is missing (make bench-cache installs it)")
    # A signal must unwind the stack that stops the processes.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda n, _: sys.exit(128 + n))
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    own = chosen[0] if len(chosen) == 1 and chosen[0] in ALONE else None
    title = f"{own.capitalize()}, measured" if own else "The section cache, measured"
    texts, bounds, invalid = [heading(title, os.path.abspath(o.binary))], [], []
    print(texts[0], flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        subprocess.run([sys.executable, os.path.join(ROOT, "Benchmarks/payloads.py"), os.path.join(folder, "small")], check=True,
                       stdout=subprocess.DEVNULL)
        for key in chosen:
            start = time.monotonic()
            table, problem = measured(key, o, folder)
            if table:
                texts.append(markdown(table))
                bounds += table.bounds
            else:
                invalid.append(problem)
            print(texts[-1] if table else problem + "\n", flush=True)
            print(f"bench-cache: {key} took {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    if bounds:
        texts.append(bounds_markdown(bounds))
        print(texts[-1], flush=True)
    if not o.quick and (own or chosen == list(FIGURES)) and not invalid:
        with open(os.path.join(ROOT, f"Benchmarks/results/{own or 'cache'}.md"), "w") as f:
            f.write("\n".join(texts))
    missed = invalid + [f"{b.what}: {b.value:.2f} {b.unit}, at most {b.most:g}" for b in bounds if not b.holds]
    for line in missed:
        print(f"bench-cache: MISSED: {line}", file=sys.stderr)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
