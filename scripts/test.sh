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
# A passing test is not news: shown are failures, crashes and the closing lines.
run() {
  swift test --skip-build "$@" 2>&1 | tee -a .build/test.log | awk '
    /^(✘|↳)|Test run with|recorded an issue|[Ee]rror:|[Cc]rashed|Fatal/ { print; fflush() }'
}
# Once more at the very end: a log of which only the end is shown says what failed, too.
tell() {
  local status=$?
  ((status == 0)) && return
  echo "test: what failed"
  awk '
    /^✘ Test .*recorded an issue|[Cc]rashed|Fatal error|error: Exited/ { print; follows = 1; next }
    follows && /^↳/ { print; next }
    { follows = 0 }' .build/test.log
}
trap tell EXIT
: >.build/test.log
if (($#)); then
  run "$@"
else
  # Apart, because tests run side by side within a group: what computes for seconds, or blocks a thread on a socket, would
  # keep others from their sockets and clocks. The first group is whatever the others do not name.
  run --skip 'AggregationTests|CachingTests|ClientsTests|GatewayTests|RateLimitingTests|RedisTests|UpstreamsTests|IntegrationTests'
  run --filter AggregationTests
  # One after the other: each has sockets and short deadlines of its own.
  run --no-parallel --filter 'ClientsTests|GatewayTests'
  # One after the other as well: it starts servers, stops them half way, and has short deadlines of its own.
  run --no-parallel --filter 'CachingTests|RateLimitingTests|RedisTests'
  run --filter UpstreamsTests
  # A browser takes all the processor time that it can get.
  browsers='IntegrationTests\.(BrowserTests|DemoPageTests|StatusPageTests)'
  run --filter IntegrationTests --skip "$browsers"
  run --filter "$browsers"
fi
