"""A disk that is full lets no file grow, below PostgreSQL and below SQLite, and is then as before."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from cluster.full_disk import FullDisk
from cluster.postgres_server import PostgresServer

WRITE = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
try:
    connection.execute("CREATE TABLE t AS SELECT zeroblob(100000)")
except sqlite3.OperationalError as error:
    print(error)
print(os.write(os.open(sys.argv[2], os.O_RDWR | os.O_CREAT), b"elsewhere"))
"""


def test_postgresql_says_that_it_is_full_and_goes_on_afterwards(tmp_path: Path) -> None:
    with PostgresServer(tmp_path, is_fillable=True) as server:
        assert server.disk is not None
        server.query("CREATE TABLE numbers (number int)")
        grow = "INSERT INTO numbers SELECT generate_series(1, 10000)"
        with server.disk.full(), pytest.raises(psycopg.errors.DiskFull):
            server.query(grow)
        server.query(grow)
        assert server.query("SELECT count(*) FROM numbers") == [(10000,)]


def test_sqlite_says_that_it_is_full_and_other_files_can_grow(tmp_path: Path) -> None:
    file = tmp_path / "database"
    sqlite3.connect(file).close()
    disk = FullDisk(file)
    command = [sys.executable, "-c", WRITE, str(file), str(tmp_path / "other")]
    with disk.full():
        full = subprocess.run(command, env=disk.environ, capture_output=True, text=True, check=True)
    assert full.stdout == "database or disk is full\n9\n"
    after = subprocess.run(command, env=disk.environ, capture_output=True, text=True, check=True)
    assert after.stdout == "9\n"
