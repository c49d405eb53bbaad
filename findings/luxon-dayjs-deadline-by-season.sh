#!/usr/bin/env bash
# Package:  luxon 3.7.2, dayjs 1.11.23 (its plugin timezone), @js-temporal/polyfill 0.5.1 (all npm)
# Guess:    of a time that a clock shows twice (when summer time ends) a library takes the earlier or the later one, and
#           always the same.
# Happens:  luxon and dayjs take the one whose offset is in force at the moment of reading. The deadline 02:30 in Berlin
#           on 25 October 2026 is 00:30 UTC for a program that reads it in July, and 01:30 UTC for one that reads it in
#           December. Temporal takes the earlier one at all times.
# Matters:  the closing time of an election changes by an hour between the day when the file was written and the day
#           when somebody checks the count, with the same file and the same program. Servers with other clocks differ as
#           well.
# Seen:     2026-11-27. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund luxon@3.7.2 dayjs@1.11.23 @js-temporal/polyfill@0.5.1 >/dev/null
cat >deadline.mjs <<'JS'
const RealDate = Date;
const readOn = RealDate.parse(process.argv[2]);
// the clock of the reader, and nothing else, is set
globalThis.Date = class extends RealDate {
  constructor(...args) { super(...(args.length ? args : [readOn])); }
  static now() { return readOn; }
};
const { DateTime } = await import('luxon');
const dayjs = (await import('dayjs')).default;
dayjs.extend((await import('dayjs/plugin/utc.js')).default);
dayjs.extend((await import('dayjs/plugin/timezone.js')).default);
const { Temporal } = await import('@js-temporal/polyfill');
const at = '2026-10-25T02:30', zone = 'Europe/Berlin';
const clock = (text) => text.slice(11, 16);
console.log(
  'luxon', clock(DateTime.fromISO(at, { zone }).toUTC().toISO()),
  'dayjs', clock(dayjs.tz(at, zone).toISOString()),
  'temporal', clock(Temporal.ZonedDateTime.from(`${at}[${zone}]`).toInstant().toString()),
);
JS
for name in luxon dayjs @js-temporal/polyfill; do
    echo "$name $(node -p "JSON.parse(require('fs').readFileSync('node_modules/$name/package.json')).version")"
done
july=$(node deadline.mjs 2026-07-01T00:00:00Z)
december=$(node deadline.mjs 2026-12-01T00:00:00Z)
echo "read in July (UTC):     $july"
echo "read in December (UTC): $december"
[ "$july" = "luxon 00:30 dayjs 00:30 temporal 00:30" ] && [ "$december" = "luxon 01:30 dayjs 01:30 temporal 00:30" ] ||
    { echo "it behaves differently now" >&2; exit 1; }
