#!/bin/sh
# Installs Debian packages without starting what is in them: apt.sh "what is missing" PACKAGE...
# Needs root, or sudo without a password. Otherwise it prints the one command to run, and fails.
set -eu
missing=$1
shift

if ! command -v apt-get >/dev/null; then
  echo "$missing. Install it as your system does; Debian's packages are: $*" >&2
  exit 1
fi
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    exec sudo -n "$0" "$missing" "$@"
  fi
  echo "$missing. Run this, then try again: sudo $0 '$missing' $*" >&2
  exit 1
fi
echo "$missing. Installing Debian's packages $* ..."

# Debian starts the servers it installs, on ports that other programs may want. This file forbids
# that until the script ends; if there is one already, it is neither changed nor removed.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
# The machine must not start at boot what it did not start before; what it did stays as it is.
disabled=
if command -v systemctl >/dev/null; then
  for server in nginx redis-server pgbouncer haproxy caddy apache2 apache-htcacheclean varnish pushpin zurl; do
    systemctl is-enabled --quiet "$server" 2>/dev/null || disabled="$disabled $server"
  done
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --yes --no-install-recommends "$@"
for server in $disabled; do
  systemctl disable --quiet "$server" 2>/dev/null || true
done
