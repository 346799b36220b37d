#!/bin/sh
# `make audit`: is a vulnerability known in one of the versions that are pinned, anywhere?
#
# What is asked, by the name and version of each package, is the database of PyPI, or the one of
# OSV, whichever answers.
set -u
cd "$(dirname "$0")/.."

LOCKS="requirements-dev.txt requirements-traces.txt bench/requirements.txt interop/requirements.txt
  fuzz/requirements.txt tools/mutation-requirements.txt tools/supply-requirements.txt cluster/redis-6.2-requirements.txt"
outcome=0
for lock in $LOCKS; do
  echo "== $lock"
  for database in pypi osv; do
    said=$(.venv/supply/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes \
      --vulnerability-service $database --requirement "$lock" 2>&1)
    code=$?
    # pip-audit ends with 1 for a finding, as for a database that it cannot reach.
    case $code,$said in
    0,*) break ;;
    1,*"known vulnerabilit"*) break ;;
    *) code=2 ;;
    esac
  done
  if [ $code = 2 ]; then
    echo "No database of vulnerabilities can be reached from here, so nothing is known of these versions." >&2
    echo "Run make audit on a machine that reaches PyPI or OSV." >&2
    exit 2
  fi
  echo "$said"
  [ $code = 0 ] || outcome=1
done
exit $outcome
