#!/usr/bin/env bash
# Package:  SQLite as Python 3 has it (the version is printed)
# Guess:    if the write-ahead log of a database is removed while a program writes, the next commit fails.
# Happens:  every later commit succeeds, with synchronous = full, and integrity_check says "ok". They go to a file that
#           has no name any more. The writer and its connections see all rows; after a crash the rows of the time since
#           the last checkpoint are gone, those written before the removal too.
# Matters:  tidying up ("-wal looks like a temporary file"), a restore or a synchronisation of folders does it. The
#           server goes on confirming ballots for hours, and each receipt is void when the machine loses power.
# Seen:     2026-11-27 with SQLite 3.40.1 of Debian 12. Needs python3.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 - "$work/ballots.db" <<'PY'
import os, signal, sqlite3, subprocess, sys

path = sys.argv[1]
print("SQLite", sqlite3.sqlite_version)
writer = '''
import os, signal, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("pragma journal_mode = wal"); db.execute("pragma synchronous = full")
db.execute("create table ballot (number)"); db.execute("pragma wal_checkpoint(truncate)")
for number in range(1, 11):
    if number == 4:
        os.remove(sys.argv[1] + "-wal")
    db.execute("insert into ballot values (?)", (number,))
rows, = db.execute("select count(*) from ballot").fetchone()
print("commits that succeeded: 10   the writer sees", rows, "  integrity_check:", *db.execute("pragma integrity_check").fetchone())
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
'''
run = subprocess.run([sys.executable, "-c", writer, path], capture_output=True, text=True)
print(run.stdout, end="")
rows, = sqlite3.connect(path).execute("select count(*) from ballot").fetchone()
print("after a crash:", rows, "ballots")
assert run.returncode == -signal.SIGKILL and run.stdout.endswith("sees 10   integrity_check: ok\n"), run
assert rows == 0, "it behaves differently now"
PY
