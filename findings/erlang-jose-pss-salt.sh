#!/usr/bin/env bash
# Package:  erlang-jose 1.11.5-1 and go-jose 2.6.0-2, as Debian 12 ships them; jwcrypto 1.6.1 and PyJWT 2.15.1 (PyPI)
# Guess:    PS256 is one algorithm: RFC 7518 fixes its salt at the 32 bytes of the hash. What one library signs and verifies
#           as PS256, every other one verifies.
# Happens:  erlang-jose takes the longest salt that fits, 222 bytes under a key of 2048 bits, and its own verify, which
#           takes any, says yes. go-jose takes any salt as well. jwcrypto and PyJWT refuse the same token, with the same
#           key, in the name of the same algorithm.
# Matters:  a record of signed votes, or a roll signed by an authority, is valid in one verifier and forged in another, and
#           both claim to follow the standard. Whoever tests a client against itself, or against Go, sees nothing. A
#           specification has to name the salt's length and to test that another one is refused.
# Seen:     2026-11-28. Needs apt-get on Debian 12 with current lists, python3 with venv; nothing is installed, root is not
#           needed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User="$(id -un)" erlang-base erlang-crypto erlang-asn1 erlang-public-key erlang-jiffy \
    erlang-jose=1.11.5-1 golang-1.19-go golang-1.19-src golang-gopkg-square-go-jose.v2-dev=2.6.0-2 golang-golang-x-crypto-dev
for package in *.deb; do
    dpkg-deb -x "$package" root
done
ls erlang-base*.deb erlang-jose*.deb golang-gopkg*.deb
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jwcrypto==1.6.1 PyJWT==2.15.1

sed -i "s#ROOTDIR=/usr/lib/erlang#ROOTDIR=$work/root/usr/lib/erlang#" root/usr/lib/erlang/bin/erl
cat >sign.erl <<'ERL'
-module(sign).
-export([main/0]).

main() ->
    {ok, _} = application:ensure_all_started(jose),
    Key = jose_jwk:generate_key({rsa, 2048}),
    {_, Token} = jose_jws:compact(jose_jws:sign(Key, <<"I vote for Anna">>, #{<<"alg">> => <<"PS256">>})),
    {true, _, _} = jose_jws:verify_strict(Key, [<<"PS256">>], Token),
    {_, Public} = jose_jwk:to_public_map(Key),
    ok = file:write_file("token", Token),
    ok = file:write_file("key", jose:encode(Public)),
    true = lists:prefix(filename:dirname(code:root_dir()), code:which(jose)), % not one of the system
    io:put_chars("erlang-jose: valid\n"),
    halt().
ERL
cat >verify.go <<'GO'
package main

import (
	"fmt"
	"os"

	"gopkg.in/square/go-jose.v2"
)

func main() {
	token, _ := os.ReadFile("token")
	text, _ := os.ReadFile("key")
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(text); err != nil {
		panic(err)
	}
	signed, err := jose.ParseSigned(string(token))
	if err != nil {
		panic(err)
	}
	if _, err := signed.Verify(key.Key); err != nil {
		fmt.Println("go-jose: not valid")
	} else {
		fmt.Println("go-jose: valid")
	}
}
GO
cat >verify.py <<'PY'
import json
from pathlib import Path

import jwt
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256
from jwcrypto import jwk, jws

token, text = Path("token").read_text(), Path("key").read_text()
try:
    read = jws.JWS()
    read.allowed_algs = ["PS256"]
    read.deserialize(token, jwk.JWK(**json.loads(text)))
    print("jwcrypto: valid")
except jws.InvalidJWSSignature:
    print("jwcrypto: not valid")
key = jwt.PyJWK(json.loads(text), "PS256").key
try:
    jwt.PyJWS().decode(token, key, ["PS256"])
    print("PyJWT: valid")
except jwt.InvalidSignatureError:
    print("PyJWT: not valid")
signed, signature = token.rsplit(".", 1)
for length in range(223):
    try:
        key.verify(jwt.utils.base64url_decode(signature), signed.encode(), padding.PSS(padding.MGF1(SHA256()), length), SHA256())
        print("salt:", length, "bytes")
    except InvalidSignature:
        continue
PY
export ERL_CRASH_DUMP_SECONDS=0 GOROOT=$work/root/usr/lib/go-1.19 GOPATH=$work/root/usr/share/gocode GO111MODULE=off GOFLAGS= GOCACHE=$work/cache
seen=$(root/usr/lib/erlang/bin/erl -noshell -eval '{ok, sign} = compile:file(sign), sign:main().'; root/usr/lib/go-1.19/bin/go run verify.go; venv/bin/python verify.py)
echo "$seen"
[ "$seen" = "erlang-jose: valid
go-jose: valid
jwcrypto: not valid
PyJWT: not valid
salt: 222 bytes" ] || { echo "it behaves differently now" >&2; exit 1; }
