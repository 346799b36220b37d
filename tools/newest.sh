#!/bin/sh
# `make check-newest`: what would break if we took the newest version of everything?
#
# 1. The quick tests on the oldest and the newest supported Python, with the pinned versions.
# 2. The tests of what reaches into gunicorn, gevent, wsproto and psycopg, with the
#    newest versions of all direct dependencies, on the newest supported Python.
#
# Each runs in an environment of its own below .venv/newest, made new every time.
set -eu
cd "$(dirname "$0")/.."

OLDEST=3.11
NEWEST=3.14
ADAPTER_TESTS="tests/web/test_handover.py tests/e2e/test_handover.py tests/e2e/test_sockets.py
  tests/e2e/test_one_duel_three_ways.py tests/e2e/test_multiplexed.py tests/e2e/test_slow_reader.py
  tests/e2e/test_leaving.py tests/e2e/test_tls.py tests/e2e/test_rude_clients.py tests/realtime
  tests/store/test_postgres.py tests/test_patched.py"

# find_python VERSION: prints a Python of this version, on the PATH, of pyenv or of tools/python.sh.
find_python() {
  for python in "$(command -v "python$1" || true)" \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python .venv/python-"$1"/usr/bin/python"$1"; do
    if [ -x "$python" ] &&
      [ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "$1" ]; then
      echo "$python"
      return
    fi
  done
  echo "Python $1 is not installed. On Debian, run tools/python.sh $1, which unpacks it into .venv;" >&2
  echo "any other Python $1 that is on the PATH or in pyenv serves as well." >&2
  exit 1
}

# environment NAME PYTHON REQUIREMENTS...: makes .venv/newest/NAME.
environment() {
  folder=.venv/newest/$1
  echo "== $1: $("$2" --version)"
  rm -rf "$folder"
  .venv/bin/virtualenv --quiet --python "$2" "$folder"
  shift 2
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
}

oldest=$(find_python $OLDEST)
newest=$(find_python $NEWEST)
environment oldest "$oldest" -r requirements-dev.txt
.venv/newest/oldest/bin/pytest -q --numprocesses auto --dist loadfile -m "not programs"
environment newest "$newest" -r requirements-dev.txt
.venv/newest/newest/bin/pytest -q --numprocesses auto --dist loadfile -m "not programs"

# The lists of what we use name no versions; the lock files do.
mkdir -p .venv/newest
environment unpinned "$newest" -r requirements-dev.in
ln -sfn ../../redis-6.2 .venv/newest/unpinned/redis-6.2
.venv/newest/unpinned/bin/pip freeze --disable-pip-version-check >.venv/newest/versions.txt
echo "Other than pinned:"
normalised() { sed -n 's/^\([^ ;]*==[^ ;]*\).*/\1/p' "$@" | tr 'A-Z_' 'a-z-' | LC_ALL=C sort; }
normalised requirements-dev.txt >.venv/newest/pinned.txt
normalised .venv/newest/versions.txt | LC_ALL=C comm -13 .venv/newest/pinned.txt - | sed 's/^/  /'
# shellcheck disable=SC2086 # several paths
.venv/newest/unpinned/bin/pytest -q --numprocesses auto --dist loadfile $ADAPTER_TESTS
