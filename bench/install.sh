#!/bin/sh
# Installs what the measured peers need and neither pip nor npm brings along. Run by
# `make .venv/installed-bench`.
set -eu
packages="nginx-light libnginx-mod-nchan gcc libc6-dev"

PATH="$PATH:/usr/sbin"
if ! command -v npm >/dev/null || [ "$(node --print 'parseInt(process.versions.node)')" -lt 20 ]; then
  echo "Node.js 20 or newer is needed, with npm: Debian 12 has an older one; see nodejs.org" >&2
  exit 1
fi
if command -v nginx >/dev/null && command -v gcc >/dev/null &&
  [ -e /usr/lib/nginx/modules/ngx_nchan_module.so ]; then
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "nginx with nchan, or gcc, is missing: as root, run apt-get install $packages" >&2
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
# shellcheck disable=SC2086  # several words, several packages
apt-get -qq install --yes --no-install-recommends $packages
if command -v systemctl >/dev/null; then
  # Nor at the next start of the machine.
  systemctl disable --quiet nginx || true
fi
