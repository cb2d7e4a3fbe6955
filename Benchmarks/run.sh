#!/bin/bash
# run.sh [--quick] [--only a,b,c,d,e] [--binary FILE]: builds the release, measures it against nginx and the Go peer, prints Markdown.
# Writes Benchmarks/results/latest.md after a whole run. Exit 1 when a figure misses its bound. See README.md.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
PATH=$PATH:/usr/sbin:/sbin   # nginx

case " $* " in
  *" --binary"* | *" --help "* | *" -h "*) ;;
  *)
    echo "bench: release build"
    (cd "$root" && swift build --quiet -c release --product tributary --static-swift-stdlib)
    ;;
esac
# From here on one process owns all others and stops them, whatever happens to it.
exec python3 -B "$root/Benchmarks/bench/main.py" "$@"
