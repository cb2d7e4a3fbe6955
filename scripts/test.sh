#!/bin/bash
# test.sh [swift test options]: builds everything, runs the tests, shows what failed and the closing lines.
# The whole output stays in .build/test.log.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "test: debug build (minutes the first time)"
swift build --quiet --build-tests
# The integration tests start this very binary.
test -x .build/debug/tributary || swift build --quiet --product tributary

echo "test: running (whole output: .build/test.log)"
# A passing test is not news: only its start, its pass and XCTest's empty frame are left out.
swift test --skip-build "$@" 2>&1 | tee .build/test.log | awk '
  /Test run with/ { print; fflush(); next }
  /^(◇|✔) / { next }
  /^\[[0-9]+\/[0-9]+\]/ || /^Build(ing| complete)/ { next }
  /^Test Suite / || /^\t? *Executed 0 tests/ { next }
  /^ *$/ { next }
  { print; fflush() }'
