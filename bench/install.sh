#!/bin/sh
# Checks that Node.js is new enough for the measured peers, and installs nginx, nchan, Pushpin and gcc.
# Run by `make .venv/installed-bench`.
set -eu

PATH="$PATH:/usr/sbin"
if ! command -v npm >/dev/null || [ "$(node --print 'parseInt(process.versions.node)')" -lt 20 ]; then
  echo "Node.js 20 or newer is needed, with npm: Debian 12 has an older one; see nodejs.org" >&2
  exit 1
fi
if command -v nginx >/dev/null && command -v pushpin >/dev/null && command -v gcc >/dev/null &&
  [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ]; then
  exit 0
fi
exec "$(dirname "$0")/../cluster/apt.sh" "nginx with nchan, Pushpin or gcc is missing" \
  nginx-light libnginx-mod-nchan pushpin gcc libc6-dev
