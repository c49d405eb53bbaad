#!/usr/bin/env bash
# Package:  abiftool 0.34.0 (PyPI), converter and counter of ABIF ballots
# Guess:    "A/0", the worst rating, is a rating: it stays in the file, and the result does not depend on who has it.
# Happens:  a rating of 0 is treated as none in some places. Rewriting a file drops every "/0", so that "rated worst"
#           and "not rated" are one. And whether the election has ratings at all is judged by the first candidate of the
#           most frequent ballot: if that rating is 0, the STAR count answers that there are no scores, also with
#           --add-scores, while the score count of the same file works.
# Matters:  with averages or medians a zero and a blank are different votes. A file that was only copied through the
#           tool gives another result, and a zero on the most frequent ballot stops a count that would have worked with
#           the names in another order.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-compile abiftool==0.34.0
"$work/venv/bin/pip" list --disable-pip-version-check 2>/dev/null | grep abiftool
cat >"$work/board.abif" <<'ABIF'
=A:[Ada]
=B:[Ben]
4:A/0,B/5
1:A/5,B/1
ABIF
tool() { "$work/venv/bin/python" -c 'from abiftool import main; main()' -f abif "$@"; }
cd "$work"
rewritten=$(tool -t abif board.abif | grep ^4:)
score=$(tool -t text -m score board.abif | grep Winner)
star=$(tool -t text -m STAR board.abif; tool -t text -m STAR --add-scores board.abif)
sed 's/A\/0,B\/5/B\/5,A\/0/' board.abif >turned.abif
turned=$(tool -t text -m STAR turned.abif | grep Winner)
printf '%s\n' "ballot '4:A/0,B/5' rewritten: $rewritten" "$score" "STAR: $star" "STAR, with B named first: $turned"
[ "$rewritten" = "4:B/5>A" ] && [ "$score" = "Score Winner: Ben" ] && [ "$turned" = "STAR Winner: Ben" ] &&
    [ "$(grep -c 'No stars/scores available' <<<"$star")" = 2 ] || { echo "it behaves differently now" >&2; exit 1; }
