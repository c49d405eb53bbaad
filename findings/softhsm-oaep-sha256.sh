#!/usr/bin/env bash
# Package:  SoftHSM 2.6.1 and OpenSC 0.23.0, as Debian 12 ships them (libsofthsm2 2.6.1-2.1, opensc 0.23.0-0.3+deb12u2)
# Guess:    a token that lists the mechanism RSA-PKCS-OAEP, and knows SHA-256, decrypts RSA-OAEP with SHA-256.
# Happens:  only with SHA-1. With SHA-256 decryption ends in CKR_ARGUMENTS_BAD. The list of mechanisms has no place
#           where that could be seen; RSA-PSS has SHA-224 to SHA-512 in the same list.
# Matters:  messages to an election's server are sealed with RSA-OAEP-256, JOSE's name for OAEP with SHA-256. An
#           organiser who keeps the key in a token, and tries that out with SoftHSM, finds out at the first message,
#           when the public key is already on every card. The way out that works, SHA-1 on both sides, is the worse one.
# Seen:     2026-11-27. Needs apt-get on Debian 12 with current lists and openssl; nothing is installed, root is not
#           needed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User="$(id -un)" libsofthsm2=2.6.1-2.1 opensc opensc-pkcs11
for package in *.deb; do
    dpkg-deb -x "$package" root
    echo "$package"
done
mkdir tokens
echo "directories.tokendir = $work/tokens" >softhsm2.conf
export SOFTHSM2_CONF=$work/softhsm2.conf LD_LIBRARY_PATH=$work/root/usr/lib/x86_64-linux-gnu
token() { root/usr/bin/pkcs11-tool --module root/usr/lib/softhsm/libsofthsm2.so "$@" 2>&1; }
token --init-token --label board --so-pin 12345678 >/dev/null
token --login --login-type so --so-pin 12345678 --init-pin --new-pin 1234 >/dev/null
token --login --pin 1234 --keypairgen --key-type rsa:2048 --id 01 >/dev/null
token --read-object --type pubkey --id 01 --output-file public.der >/dev/null
token --list-mechanisms | grep -E 'OAEP|SHA256-RSA-PKCS-PSS'
printf 'a ballot' >ballot

# decrypts HASH NAME-OF-HASH-FOR-THE-TOKEN MGF
decrypts() {
    openssl pkeyutl -encrypt -pubin -keyform DER -inkey public.der -pkeyopt rsa_padding_mode:oaep -pkeyopt "rsa_oaep_md:$1" \
        -pkeyopt "rsa_mgf1_md:$1" -in ballot -out sealed
    token --login --pin 1234 --decrypt --mechanism RSA-PKCS-OAEP --hash-algorithm "$2" --mgf "$3" --id 01 --input-file sealed ||
        true
}
old=$(decrypts sha1 SHA-1 MGF1-SHA1)
new=$(decrypts sha256 SHA256 MGF1-SHA256)
printf '%s\n' "SHA-1:   $(tail -1 <<<"$old")" "SHA-256: $(grep error <<<"$new" || tail -1 <<<"$new")"
grep -q 'a ballot' <<<"$old" && grep -q 'CKR_ARGUMENTS_BAD' <<<"$new" ||
    { echo "it behaves differently now" >&2; exit 1; }
