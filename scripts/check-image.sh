#!/bin/bash
# check-image.sh BINARY: tries the Dockerfile's runtime stage without a container engine. Needs root and debootstrap.
# Makes a bookworm root in a temporary folder, installs the Dockerfile's RUNTIME_PACKAGES, adds its user and the binary, then runs
# `--version`, `serve` and `health` there as that user. Everything is removed at the end.
# Packages come from the mirror that this machine's apt uses.
set -euo pipefail
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
binary=$(realpath "$1")
((EUID == 0)) || { echo "check-image: needs root (chroot)" >&2; exit 1; }

argument() { sed -n "s/^ARG $1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" Dockerfile; }
read -r -a packages <<<"$(argument RUNTIME_PACKAGES)"
uid=$(argument RUNTIME_UID)
[[ ${#packages[@]} -gt 0 && $uid =~ ^[0-9]+$ ]] || { echo "check-image: the Dockerfile's ARG lines are not as expected" >&2; exit 1; }
grep -qx "USER $uid:$uid" Dockerfile || { echo "check-image: the Dockerfile's USER is not $uid:$uid" >&2; exit 1; }

work=$(mktemp -d)
root=$work/root
server=
cleanup() {
  # timeout passes the signal on, and kills five seconds later what does not heed it.
  if [[ -n $server ]]; then kill -TERM "$server" 2>/dev/null && wait "$server" || true; fi
  # What debootstrap or an interrupted run left mounted must be gone before anything is removed.
  { awk -v r="$root" 'index($2, r) == 1 {print $2}' /proc/self/mounts | sort -r | xargs -r -n1 umount -l; } || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
run() { chroot "$root" env -i PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
as_user() { chroot --userspec="$uid:$uid" "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin "$@"; }
step() { echo "check-image: $*"; }

mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Identifier: Packages' | awk '$2 == "bookworm" {print $1; exit}')
step "a bookworm root (debootstrap, about a minute)"
debootstrap --variant=minbase bookworm "$root" ${mirror:+"$mirror"} >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; exit 1; }

step "installing ${packages[*]}"
run DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${packages[@]}" >"$work/log" 2>&1 ||
  { tail -n 20 "$work/log" >&2; exit 1; }
run groupadd --gid "$uid" tributary
run useradd --uid "$uid" --gid "$uid" --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin tributary
install -m 0755 "$binary" "$root/usr/local/bin/tributary"
install -D -m 0644 config/tributary.yaml "$root/etc/tributary/tributary.yaml"

# As an engine would have it: Swift reads its arguments from /proc, and the compose file makes the root read-only.
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -o remount,bind,ro "$root"

libraries=$(run ldd /usr/local/bin/tributary)
if grep 'not found' <<<"$libraries"; then
  echo "check-image: FAILED: the image lacks these libraries (is the binary built with --static-swift-stdlib?)" >&2
  exit 1
fi
step "libraries: $(awk '/=>/{print $1}' <<<"$libraries" | tr '\n' ' ')"
for package in "${packages[@]}"; do
  [[ $package == ca-certificates ]] && continue
  files=$(run dpkg -L "$package" | sed 's|.*/||')
  awk '/=>/{print $1}' <<<"$libraries" | grep -qxFf - <(echo "$files") || { echo "check-image: FAILED: nothing needs $package" >&2; exit 1; }
done

version=$(as_user tributary --version)
step "as uid $(as_user id -u): tributary --version: $version"

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# The loopback address, unlike in the image: there is no network of its own around a chroot.
# Not by as_user: the process id must be that of timeout, not of a shell around it.
chroot --userspec="$uid:$uid" "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin \
  TRIBUTARY_CONFIG=/etc/tributary/tributary.yaml TRIBUTARY_SERVER_HOST=127.0.0.1 TRIBUTARY_SERVER_PORT="$port" TRIBUTARY_ADMIN_PORT=0 timeout --kill-after=20 90 tributary serve >"$work/log" 2>&1 &
server=$!
url=http://127.0.0.1:$port/
healthy=1
for _ in {1..100}; do
  kill -0 "$server" 2>/dev/null || break
  if as_user tributary health --url "$url" >/dev/null 2>&1; then healthy=0; break; fi
  sleep 0.1
done
if ((healthy != 0)); then
  echo "check-image: FAILED: serve did not become healthy" >&2
  tail -n 20 "$work/log" >&2
  exit 1
fi
step "serve answers, health exits 0"

# timeout gives the server's own exit code back.
kill -TERM "$server"
code=0
wait "$server" || code=$?
server=
step "serve exits $code after SIGTERM"
((code == 0)) || tail -n 5 "$work/log" >&2
if as_user tributary health --url "$url" >/dev/null 2>&1; then
  echo "check-image: FAILED: health exits 0 although nothing answers" >&2
  exit 1
fi
step "health fails when nothing answers"
((code == 0)) || { echo "check-image: FAILED: serve should exit 0 after SIGTERM" >&2; exit 1; }
step "binary: $(du -m "$binary" | cut -f1) MB"
step "passed"
