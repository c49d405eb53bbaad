#!/usr/bin/env bash
# Package:  OpenSSL 3.0 as Debian 12 ships it (the version is printed), with Node's WebCrypto as the reader
# Guess:    a private key written with -outform DER is the same structure as with PEM, without the armour: PKCS#8.
# Happens:  "genpkey" and "pkey" write PKCS#8 as PEM, and the old structure of each kind of key as DER: PKCS#1 for RSA,
#           SEC 1 for elliptic curves. Ed25519, which has no old one, is PKCS#8 in both. The lines of the PEM, decoded,
#           are read as pkcs8, the DER file of the same command is refused. "pkcs8 -topk8 -nocrypt" writes PKCS#8 as DER
#           too.
# Matters:  keys of an election's server or trustee are made with these commands by hand. Libraries that take one
#           structure each (WebCrypto, aws-lc, ring) refuse the file with "invalid key", after the public half has been
#           announced; and what works for an Ed25519 key fails for an RSA key made in the same way.
# Seen:     2026-11-27. Needs openssl 3.0 and node 20.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
openssl version
make() { openssl genpkey -algorithm "$@" 2>/dev/null; }
for form in PEM DER; do
    make RSA -pkeyopt rsa_keygen_bits:2048 -outform $form -out rsa.$form
    make EC -pkeyopt ec_paramgen_curve:P-256 -outform $form -out ec.$form
    make ED25519 -outform $form -out ed25519.$form
done
openssl pkey -in rsa.PEM -outform DER -out rsa-again.DER
openssl pkcs8 -in rsa.PEM -topk8 -nocrypt -outform DER -out rsa-pkcs8.DER
cat >read.mjs <<'JS'
import { readFileSync } from 'node:fs';
const kinds = {
  rsa: [{ name: 'RSA-OAEP', hash: 'SHA-256' }, ['decrypt']],
  ec: [{ name: 'ECDSA', namedCurve: 'P-256' }, ['sign']],
  ed25519: ['Ed25519', ['sign']],
};
const seen = [];
for (const file of ['rsa.PEM', 'rsa.DER', 'rsa-again.DER', 'rsa-pkcs8.DER', 'ec.PEM', 'ec.DER', 'ed25519.PEM', 'ed25519.DER']) {
  let data = readFileSync(file);
  if (file.endsWith('PEM')) data = Buffer.from(data.toString().replace(/-----.*/g, ''), 'base64');
  const [algorithm, usages] = kinds[file.split(/[-.]/)[0]];
  const read = await crypto.subtle.importKey('pkcs8', data, algorithm, false, usages).then(() => true, () => false);
  console.log(file.padEnd(14), read ? 'read as PKCS#8' : 'refused');
  if (!read) seen.push(file);
}
if (String(seen) !== 'rsa.DER,rsa-again.DER,ec.DER') throw new Error('it behaves differently now');
JS
node read.mjs
