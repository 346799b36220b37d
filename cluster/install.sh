#!/bin/sh
# Installs the servers that neither Python nor a wheel brings along, and what compiles the load
# client of the benchmarks. Run by `make servers`.
set -eu
packages="nginx-light redis-server gcc libc6-dev"

PATH="$PATH:/usr/sbin"
if command -v nginx >/dev/null && command -v gcc >/dev/null; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "nginx or gcc is not installed: as root, run apt-get install $packages (or your system's likes of it)" >&2
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
# shellcheck disable=SC2086  # each word is a package
apt-get -qq install --yes --no-install-recommends $packages
if command -v systemctl >/dev/null; then
  # Nor at the next start of the machine.
  systemctl disable --quiet nginx redis-server || true
fi
