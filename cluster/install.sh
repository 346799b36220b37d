#!/bin/sh
# Installs those of the named programs that are missing, where that is allowed; otherwise prints
# the command that does, and fails: install.sh PROGRAM... Run by the Makefile.
set -eu

PATH="$PATH:/usr/sbin" # where Debian puts servers; an ordinary user's PATH leaves it out

is_installed() {
  case $1 in
    arabic-font) fc-list 2>/dev/null | grep -q NotoNaskhArabic ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

packages_of() {
  case $1 in
    nginx) echo nginx-light ;;
    gcc) echo gcc libc6-dev ;;
    node) echo nodejs ;;
    javac) echo openjdk-17-jdk-headless ;; # not Go, which would need more space
    systemd-analyze) echo systemd ;;
    varnishd) echo varnish ;;
    arabic-font) echo fontconfig fonts-noto-core ;;
    *) echo "$1" ;;
  esac
}

missing=
packages=
for program in "$@"; do
  if ! is_installed "$program"; then
    missing="$missing $program"
    packages="$packages $(packages_of "$program")"
  fi
done
if [ -z "$missing" ]; then
  exit 0
fi
# shellcheck disable=SC2086 # several words
exec "$(dirname "$0")/apt.sh" "Not installed:$missing" $packages
