#!/bin/sh
# Installs the servers that neither Python nor a wheel brings along, and what compiles the load
# client of the benchmarks. Run by `make servers`.
set -eu

PATH="$PATH:/usr/sbin"
if command -v nginx >/dev/null && command -v gcc >/dev/null; then
  exit 0
fi
exec "$(dirname "$0")/apt.sh" "nginx or gcc is not installed" nginx-light redis-server gcc libc6-dev
