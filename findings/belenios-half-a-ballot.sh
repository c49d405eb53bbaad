#!/usr/bin/env bash
# Package:  belenios-tool 2.0 (20230102), as Debian 12 ships it, majority judgment
# Guess:    a ballot that grades some candidates and leaves out others counts for those that it grades.
# Happens:  it counts for nobody, and is listed as invalid, also with --blank-allowed=true. Three voters who give Ada
#           the best grade and say nothing about Ben are dropped; the two others, who prefer Ben, decide.
# Matters:  a voter who has no opinion on one of ten candidates loses the whole vote, and the more candidates, the more
#           do. Other programs of the same method count such a ballot; majority judgment itself says nothing of blanks.
#           It has to be said before the election what a blank is worth, and to the voter before casting.
# Seen:     2026-11-27. Needs apt-get on Debian 12 with current lists; nothing is installed, root is not needed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User="$(id -un)" belenios-tool=2.0+dfsg-1
ls ./*.deb
dpkg-deb -x belenios-tool_*.deb root
tool=root/usr/bin/belenios-tool
$tool --version
# grades of Ada and Ben, 1 is the best, 0 is none
ballots='[[1,0],[1,0],[1,0],[3,2],[3,2]]'
result=$($tool method majority-judgment --blank-allowed=true --ngrades=3 <<<"$ballots")
echo "ballots: $ballots"
echo "result:  $result"
[ "$result" = '{"raw":[[0,0,2],[0,2,0]],"valid":2,"blank":0,"invalid":[[1,0],[1,0],[1,0]],"winners":[[1],[0]]}' ] ||
    { echo "it behaves differently now" >&2; exit 1; }
