#!/usr/bin/env bash
# Package:  PostgreSQL 15, as Debian 12 ships it (postgresql-15)
# Guess:    who holds pg_advisory_xact_lock and then looks, sees what the former holder committed before letting go of
#           it.
# Happens:  not in a transaction of the level REPEATABLE READ: taking the lock is itself a statement, and what is seen
#           is fixed when that statement begins, before the waiting. Two appends that each take the lock and then insert
#           max + 1 give the same number twice, without an error. LOCK TABLE in its place, at the same level, waits
#           first and sees afterwards.
# Matters:  the numbers of the entries of a ballot log are the obvious use of such a lock, and REPEATABLE READ the
#           obvious level for "read the last entry, hash it, append". Tests with one writer, or at the default level,
#           pass.
# Seen:     2026-11-27. Needs postgresql-15 (apt-get install, as root) and a user other than root to run it: root's runs
#           are done as the user postgres.
set -euo pipefail
bin=/usr/lib/postgresql/15/bin
[ -x $bin/initdb ] || { echo "apt-get install postgresql-15 first" >&2; exit 1; }
work=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then
    chown postgres "$work"
    as=(runuser -u postgres --)
fi
trap '"${as[@]}" $bin/pg_ctl -D "$work/data" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
cd "$work"
"${as[@]}" $bin/initdb -D "$work/data" -A trust -U board >/dev/null
"${as[@]}" $bin/pg_ctl -D "$work/data" -o "-k $work -c listen_addresses=''" -l "$work/log" -w start >/dev/null
sql() { psql -h "$work" -U board -d postgres -XqAt "$@"; }
sql -c 'show server_version'

# Two transactions append one number each; the second begins to wait while the first holds the lock. Says what stands there.
numbers() {
    sql -c 'drop table if exists log; create table log (seq int); insert into log values (1)' 2>/dev/null
    sql >/dev/null <<SQL &
begin isolation level repeatable read;
$1;
insert into log select max(seq) + 1 from log;
select pg_sleep(2);
commit;
SQL
    first=$!
    until [ "$(sql -c "select count(*) from pg_stat_activity where wait_event = 'PgSleep'")" = 1 ]; do sleep 0.1; done
    sql >/dev/null <<SQL
begin isolation level repeatable read;
$1;
insert into log select max(seq) + 1 from log;
commit;
SQL
    wait $first
    sql -c "select string_agg(seq::text, ' ' order by seq) from log"
}
advisory=$(numbers 'select pg_advisory_xact_lock(7)')
table=$(numbers 'lock table log in exclusive mode')
echo "two appends under the advisory lock:   $advisory"
echo "two appends under the lock of a table: $table"
[ "$advisory" = "1 2 2" ] && [ "$table" = "1 2 3" ] || { echo "it behaves differently now" >&2; exit 1; }
