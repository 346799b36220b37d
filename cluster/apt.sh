#!/bin/sh
# Installs Debian packages without starting what is in them: apt.sh "what is missing" PACKAGE...
set -eu
missing=$1
shift

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "$missing: as root, run apt-get install $* (or your system's likes of it)" >&2
  exit 1
fi

# Debian starts what it installs, on ports that may be wanted for something else; this is how it
# is told not to. Where such a policy is there already, it stays.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install --yes --no-install-recommends "$@"
if command -v systemctl >/dev/null; then
  # Nor at the next start of the machine.
  systemctl disable --quiet nginx redis-server || true
fi
