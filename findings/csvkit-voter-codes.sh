#!/usr/bin/env bash
# Package:  csvkit 2.2.0 (PyPI), csvjoin and csvsort
# Guess:    a tool for CSV joins and sorts what is written in the cells; 007 and 7 are two codes.
# Happens:  a column in which everything can be read as a number is turned into numbers before anything else, dates and
#           yes/no likewise. 007 and 7 are joined to the same line, 1e3 is joined to 1000, and the codes that come out
#           are not those that went in: 7, 1E+3. A column of 1-2 and 3-1 comes out as days of the year 2001. One code
#           with another letter in it, and all stay as they are. With -I nothing of it happens.
# Matters:  a roll is joined with the list of who has paid, or with addresses, by such tools. Two people become one
#           voter, one gets two cards, and codes that were sent on paper are no longer on the roll; with another roll
#           the same command is right.
# Seen:     2026-11-27. Needs python3 with venv.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check csvkit==2.2.0
venv/bin/csvjoin --version
printf 'code,name\n007,Anna\n7,Boris\n1e3,Vera\n12,Gleb\n' >roll.csv
printf 'code,paid\n7,2026\n1000,2026\n' >paid.csv
printf 'flat,name\n1-2,Anna\n3-1,Boris\n' >flats.csv
joined=$(venv/bin/csvjoin -c code roll.csv paid.csv)
plain=$(venv/bin/csvjoin -I -c code roll.csv paid.csv)
sorted=$(venv/bin/csvsort -c name flats.csv)
printf '%s\n' "csvjoin:" "$joined" "csvjoin -I:" "$plain" "csvsort:" "$sorted"
[ "$joined" = "code,name,paid
7,Anna,2026
7,Boris,2026
1E+3,Vera,2026" ] && [ "$plain" = "code,name,paid
7,Boris,2026" ] && [ "$sorted" = "flat,name
2001-01-02,Anna
2001-03-01,Boris" ] || { echo "it behaves differently now" >&2; exit 1; }
