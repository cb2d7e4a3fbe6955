#!/bin/bash
# check.sh BINARY: what is not a test: format, scripts, names of one machine in the tree, file lengths, the shipped configuration.
# Runs every check, then fails if one did.
set -uo pipefail
cd "$(dirname "$0")/.."
binary=$1
failed=0
fail() {
  echo "check: FAILED: $1"
  failed=1
}

# What is under version control, or will be; in an exported tree, everything but the build.
files() {
  if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard
  else
    find . -path './.build*' -prune -o -type f -printf '%P\0'
  fi
}
mapfile -d '' -t tree < <(files)
existing=()
for f in "${tree[@]}"; do [[ -f $f ]] && existing+=("$f"); done

echo "check: format of the Swift sources"
swift format lint --strict --parallel --recursive Package.swift Sources Tests || fail "swift format (make format repairs most of it)"

echo "check: scripts parse"
for f in "${existing[@]}"; do
  case $f in
    *.sh | .ci/run) bash -n "$f" || fail "bash -n $f" ;;
    *.py) python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$f" || fail "python syntax of $f" ;;
  esac
done

echo "check: no names of one machine in the tree"
# The brackets keep this file from finding itself. Fixed names under the temporary folder collide between users and runs.
machine='(^|[^A-Za-z0-9_./-])(/[w]ork/|/[h]ome/[a-z]|/[U]sers/[A-Za-z]|/[r]oot/|/[o]pt/swift|/[t]mp/[A-Za-z0-9_])'
mirrors='[a]rtifactory|[p]kg\.dev|[n]exus\.|[j]frog|[g]oproxy|[s]napshot\.debian'
# A template of mkstemp is no fixed name.
if grep -InE "$machine|$mirrors" -- "${existing[@]}" | grep -v XXXXXX; then fail "paths or hosts that only one machine has"; fi

echo "check: no source file over 400 lines that scripts/long-files.txt does not explain"
listed() { awk '!/^#/ && NF {print $1}' scripts/long-files.txt; }
for f in "${existing[@]}"; do
  case $f in *.swift | *.cpp | *.h | *.py | *.go | *.sh | Makefile) ;; *) continue ;; esac
  lines=$(wc -l <"$f")
  if ((lines > 400)); then
    listed | grep -qxF -- "$f" || fail "$f has $lines lines"
  elif listed | grep -qxF -- "$f"; then
    fail "$f is short again: take it out of scripts/long-files.txt"
  fi
done
while read -r f; do [[ -f $f ]] || fail "scripts/long-files.txt lists $f, which is not there"; done < <(listed)

echo "check: config/tributary.yaml"
"$binary" check --config config/tributary.yaml || fail "tributary check"

((failed == 0)) && echo "check: passed"
exit "$failed"
