#!/bin/bash
# run.sh [--quick] [--only hits,redis,views,faults,memory,rates,security,tokens,flood,observability,streams] [--binary FILE]: builds the release, measures the section cache against its bounds,
# prints Markdown. Writes Benchmarks/results/cache.md after a whole run, observability.md and streams.md after one of these alone. Exit 1 when a figure misses its bound. See ../README.md.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin   # nginx, varnishd

case " $* " in
  *" --binary"* | *" --help "* | *" -h "*) ;;
  *)
    echo "bench-cache: release build"
    (cd "$root" && swift build --quiet -c release --product tributary --static-swift-stdlib)
    ;;
esac
# From here on one process owns all others and stops them, whatever happens to it.
exec python3 -B "$root/Benchmarks/cache/main.py" "$@"
