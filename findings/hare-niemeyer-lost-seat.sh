#!/usr/bin/env bash
# Package:  hare-niemeyer 3.0.0 (npm), seats by the largest remainder
# Guess:    it gives away as many seats as there are, for whole numbers of votes without a tie.
# Happens:  its remainders are sorted as texts. "0.1" and "0.9" fall into place; a remainder under a millionth is
#           written 5e-7, and as a text that is more than 0.9. It stands first, gets no seat in the end, and the party
#           with 0.8999995 gets none either: 9 of 10 seats are given, and the result has a party called "undefined" with
#           NaN seats. With nine votes more or one vote fewer for the same party all is right.
# Matters:  20 million votes for 10 seats, and one party one vote above a whole number of seats: it happens once in some
#           millions of counts, in no test, and the result breaks at the last step on the evening of the election. Count
#           in whole numbers, and check that the seats add up.
# Seen:     2026-11-27. Needs node and npm.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund hare-niemeyer@3.0.0 >/dev/null
cat >seats.mjs <<'JS'
import { readFileSync } from 'node:fs';
import hareNiemeyer from 'hare-niemeyer';
console.log('hare-niemeyer', JSON.parse(readFileSync('node_modules/hare-niemeyer/package.json')).version);
const seats = (A, B) => {
  const given = hareNiemeyer({ A, B, C: 4_200_000 }, 10);
  console.log(`votes A ${A}, B ${B}, C 4200000; 10 seats:`, given);
  return ['A', 'B', 'C'].map((party) => given[party]).join() + ('undefined' in given ? ' and undefined' : '');
};
const seen = [seats(6_000_000, 9_800_000), seats(6_000_001, 9_799_999), seats(6_000_010, 9_799_990)];
if (seen.join('; ') !== '3,5,2; 3,4,2 and undefined; 3,5,2') throw new Error('it behaves differently now');
JS
node seats.mjs
