#!/usr/bin/env bash
# Package:  Chromium as Debian 12 ships it (the version is printed), beside Node.js 20 or newer
# Guess:    both have ICU and its Russian names of zones, so Intl.DateTimeFormat('ru', { timeZoneName: 'shortGeneric' }) says
#           «Москва» for Europe/Moscow in both, and what a test in Node sees is what a reader in the browser gets.
# Happens:  Node says «Москва», and has a Russian name for each of its 418 zones. Chromium says "Moscow", in Latin letters
#           amid the Russian date: so for 189 of the same 418 zones, all those of Russia among them. The names are not missing
#           as a whole: 'longGeneric' says «Москва, стандартное время» in the same browser. Only cities' names are left out.
# Matters:  the closing time of an election is told in the zone of whoever reads, and by name, so that nobody takes it for another
#           one. With the short form Russian readers get half a sentence in English, which no test outside a browser shows.
# Seen:     2026-11-28. Needs chromium (apt-get install, as root) and node.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
for program in chromium node; do
    command -v $program >/dev/null || { echo "$program is missing: apt-get install chromium nodejs" >&2; exit 1; }
done
cat >names.js <<'JS'
const at = new Date('2026-12-01T12:00Z');
const name = (timeZone, timeZoneName) =>
  new Intl.DateTimeFormat('ru', { timeZone, timeZoneName }).formatToParts(at).find(({ type }) => type === 'timeZoneName').value;
const zones = Intl.supportedValuesOf('timeZone');
const latin = zones.filter((zone) => /[a-z]/i.test(name(zone, 'shortGeneric')));
const said = `Europe/Moscow: ${name('Europe/Moscow', 'shortGeneric')}; ${latin.length ? 'some' : 'none'} in Latin letters (${latin.length} of ${zones.length}); long: ${name('Europe/Moscow', 'longGeneric')}`;
globalThis.document ? document.body.textContent = said : console.log(said);
JS
echo '<!doctype html><meta charset="utf-8"><body><script src="names.js"></script>' >page.html
echo "node $(node -p process.versions.node), ICU $(node -p process.versions.icu)" && node names.js | tee in-node
chromium --version 2>/dev/null
chromium --headless --no-sandbox --disable-gpu --user-data-dir=profile --virtual-time-budget=5000 --dump-dom "file://$work/page.html" 2>/dev/null |
    sed -n 's/.*<body>\(Europe[^<]*\).*/\1/p' | tee in-chromium
grep -q '^Europe/Moscow: Москва; none in Latin' in-node && grep -q '^Europe/Moscow: Moscow; some in Latin.*long: Москва' in-chromium ||
    { echo "it behaves differently now" >&2; exit 1; }
