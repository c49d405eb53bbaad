#!/usr/bin/env bash
# Package:  PostgreSQL 15, as Debian 12 ships it (postgresql-15)
# Guess:    a commit that waits for its synchronous standby and is cancelled has failed: the client gets an error,
#           nobody sees the row.
# Happens:  the client gets success with a warning, which most libraries put in a log or nowhere. The row is there and
#           seen by everybody, on one machine only. A time limit on statements (statement_timeout) is over before the
#           wait begins.
# Matters:  "the server confirms a ballot when two machines have it" is what the standby is for. The voter holds a
#           receipt, the first machine burns, and the ballot is gone; or the operator "stopped the hanging commits" and
#           each of them counts. Whoever promises a receipt must read the warning, or confirm by the standby's position.
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
sql -c 'create table ballot (voter int)'
# a standby that is down
sql -c "alter system set synchronous_standby_names = 'second'" -c 'select pg_reload_conf()' >/dev/null
until [ "$(sql -c 'show synchronous_standby_names')" = second ]; do sleep 0.1; done

waiting="from pg_stat_activity where wait_event = 'SyncRep'"
sql -c "set statement_timeout = '500ms'" -c 'insert into ballot values (7)' 2>answer &
client=$!
until [ "$(sql -c "select count(*) $waiting")" = 1 ]; do sleep 0.1; done
sleep 1.5
still=$(sql -c "select count(*) $waiting")
echo "before it is cancelled others see $(sql -c 'select count(*) from ballot') ballots"
sql -c "select pg_cancel_backend(pid) $waiting" >/dev/null
status=0
wait $client || status=$?
seen=$(sql -c 'select count(*) from ballot')
cat answer
echo "waiting still after three times the time limit: $still   client's status: $status   others see $seen ballot"
[ "$still" = 1 ] && [ $status = 0 ] && [ "$seen" = 1 ] && grep -q 'WARNING.*canceling wait' answer ||
    { echo "it behaves differently now" >&2; exit 1; }
