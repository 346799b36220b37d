#!/bin/sh
# `make lock`: writes each lock file (.txt) from the list of what we use (.in), with a hash of every
# file of each version, for all platforms and all supported versions of Python.
#
# Versions stay as they are, but for those of the packages that are named: tools/lock.sh gunicorn gevent
set -eu
cd "$(dirname "$0")/.."

upgrades=
for name in "$@"; do upgrades="$upgrades --upgrade-package $name"; done

# lock LIST [OPTION...]
lock() {
  list=$1
  shift
  # shellcheck disable=SC2086 # several words
  .venv/supply/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $upgrades "$@" \
    "$list.in" --output-file "$list.txt"
  echo "$list.txt: $(grep -c == "$list.txt") packages"
}

lock requirements
# Each of these contains the one before it, with the same versions.
lock requirements-demo --constraints requirements.txt
lock requirements-dev --constraints requirements-demo.txt
lock requirements-traces --constraints requirements-dev.txt
lock bench/requirements
lock interop/requirements
lock fuzz/requirements
lock tools/mutation-requirements
lock tools/supply-requirements
lock cluster/redis-6.2-requirements --no-deps
lock deploy/build-requirements
lock deploy/lint-requirements --constraints deploy/build-requirements.txt
