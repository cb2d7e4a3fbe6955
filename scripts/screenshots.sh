#!/bin/bash
# screenshots.sh [BINARY]: makes docs/images/*.png again, of a demo of its own on free ports. Needs Chromium.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=${1:-.build/debug/tributary}

log=$(mktemp)
"$binary" demo --port 0 --upstream-port-base 0 >"$log" 2>&1 &
demo=$!
trap 'kill $demo; wait $demo || true; rm -f "$log"' EXIT

port() { sed -n "s/.*$1 127\.0\.0\.1:\([0-9]*\)\".*/\1/p" "$log" | head -1; }
for _ in {1..100}; do
  [[ -n $(port 'Server started and listening on') ]] && break
  sleep 0.1
done

mkdir -p docs/images
python3 scripts/screenshots.py "http://127.0.0.1:$(port 'Server started and listening on')/" \
  "http://127.0.0.1:$(port 'Admin listening on')" docs/images
ls -l docs/images
