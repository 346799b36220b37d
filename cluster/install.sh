#!/bin/sh
# Installs the servers that neither Python nor a wheel brings along, what compiles the load client
# of the benchmarks, Node for the tests of the client in JavaScript, and the browsers that tests
# drive, with a font for Arabic. Run by `make servers`.
set -eu

PATH="$PATH:/usr/sbin"
missing=
packages=
# need PROGRAM PACKAGE...
need() {
  command -v "$1" >/dev/null && return
  missing="$missing $1"
  shift
  packages="$packages $*"
}
need nginx nginx-light
need redis-server redis-server
need gcc gcc libc6-dev
need node nodejs
need npm npm
need chromium chromium
need firefox-esr firefox-esr
if ! fc-list 2>/dev/null | grep -q NotoNaskhArabic; then
  missing="$missing a-font-for-Arabic"
  packages="$packages fontconfig fonts-noto-core"
fi
if [ -z "$missing" ]; then
  exit 0
fi
# shellcheck disable=SC2086 # several words
exec "$(dirname "$0")/apt.sh" "not installed:$missing" $packages
