#!/bin/bash
# install-deps.sh GROUP…: installs with apt what is missing for the groups build, test, api, bench, cache, fleet, faults, image; silent when nothing is.
# A thing is looked for where it is used (a header, a command), so a Go or a Python from elsewhere counts too.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin   # nginx and debootstrap live there, and Debian leaves it out of a user's PATH

missing=()
needs() { # needs PACKAGE TEST…
  local package=$1
  shift
  [[ " ${missing[*]-} " == *" $package "* ]] || "$@" >/dev/null 2>&1 || missing+=("$package")
}
any_file() { compgen -G "$1"; }

for group in "$@"; do
  case $group in
    build)
      # libstdc++'s headers and libc's come with g++: clang, which Swift brings, has none of its own.
      needs g++ any_file '/usr/include/c++/*/vector'
      needs libsimdjson-dev any_file '/usr/include/simdjson.h'
      needs libbrotli-dev any_file '/usr/include/brotli/encode.h'
      needs zlib1g-dev any_file '/usr/include/zlib.h'
      needs libhiredis-dev any_file '/usr/include/hiredis/hiredis.h'
      needs liblz4-dev any_file '/usr/include/lz4.h'
      ;;
    test)
      needs python3 command -v python3
      needs curl command -v curl
      # The tests start their own servers on their own ports; Debian's service is switched off below.
      needs redis-server command -v redis-server
      needs openssl command -v openssl
      needs nghttp2-client command -v h2load
      needs chromium command -v chromium
      # promtool, and the yardstick of the manifests in deploy/.
      needs prometheus command -v promtool
      needs python3-yaml python3 -c 'import yaml'
      ;;
    api)
      needs python3 command -v python3
      needs python3-venv python3 -c 'import ensurepip'
      needs nodejs command -v node
      needs node-typescript command -v tsc
      # What lies there is traced, and read by a foreign decoder.
      needs redis-server command -v redis-server
      ;;
    bench)
      needs python3 command -v python3
      needs nginx-light command -v nginx
      needs wrk command -v wrk
      needs golang-go command -v go
      ;;
    cache)
      needs python3 command -v python3
      needs nginx-light command -v nginx
      needs wrk command -v wrk
      needs golang-go command -v go
      needs varnish command -v varnishd
      needs redis-server command -v redis-server
      needs openssl command -v openssl
      needs nghttp2-client command -v h2load
      ;;
    fleet)
      needs curl command -v curl
      needs prometheus command -v prometheus
      needs nginx-light command -v nginx
      needs redis-server command -v redis-server
      ;;
    faults)
      needs python3 command -v python3
      needs golang-go command -v go
      needs haproxy command -v haproxy
      needs nginx-light command -v nginx
      needs slowhttptest command -v slowhttptest
      ;;
    image)
      needs debootstrap command -v debootstrap
      ;;
    *)
      echo "install-deps.sh: unknown group '$group' (build, test, api, bench, cache, fleet, faults, image)" >&2
      exit 2
      ;;
  esac
done

if ! command -v swift >/dev/null; then
  echo "deps: no 'swift' in PATH: Swift 6.3 or newer is needed (https://www.swift.org/install/linux/)" >&2
  exit 1
fi
((${#missing[@]})) || exit 0

echo "deps: installing ${missing[*]}"
if ! command -v apt-get >/dev/null; then
  echo "deps: no apt-get here: install the equivalents of these Debian packages by hand" >&2
  exit 1
fi
root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "deps: neither root nor sudo: run 'apt-get install ${missing[*]}' as root first" >&2
    exit 1
  fi
  root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# RUNLEVEL=1 keeps Debian from starting the services of nginx, Varnish, Redis and Prometheus: benchmarks and tests start their own, on their own ports.
apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -o DPkg::Lock::Timeout=120)
{ "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 || {
  cat "$log" >&2
  exit 1
}

# A Redis that came with this very call is for the tests alone; one that was here before is somebody's.
if [[ " ${missing[*]} " == *" redis-server "* && -d /run/systemd/system ]]; then
  "${root[@]}" systemctl disable --now --quiet redis-server
fi
