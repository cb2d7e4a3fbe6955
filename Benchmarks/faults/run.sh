#!/bin/bash
# run.sh [--quick] [--binary FILE] [SCENARIO…]: builds the release, breaks what is around it, prints what each promise was worth.
# Writes Benchmarks/results/faults.md after a whole run. Exit 1 when a promise is missed. See ../README.md.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
PATH=$PATH:/usr/sbin:/sbin   # haproxy, nginx

case " $* " in
  *" --binary"* | *" --help "* | *" -h "*) ;;
  *)
    echo "faults: release build"
    (cd "$root" && swift build --quiet -c release --product tributary --static-swift-stdlib)
    ;;
esac
# From here on one process owns all others and stops them, whatever happens to it.
exec python3 -B "$root/Benchmarks/faults/main.py" "$@"
