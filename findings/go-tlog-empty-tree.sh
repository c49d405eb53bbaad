#!/usr/bin/env bash
# Package:  golang.org/x/mod/sumdb/tlog 0.7.0, as Debian 12 ships it (golang-golang-x-mod-dev 0.7.0-1), with its Go 1.19
# Guess:    the root of a log without entries is SHA-256 of nothing, as in RFC 6962, whose trees the package says it
#           makes.
# Happens:  it is 32 zero bytes. From the first entry on the roots are those of the RFC.
# Matters:  an election's log is empty when it opens. Its first signed checkpoint, checked with this package, has
#           another root than with any library that follows the RFC, so that an honest server looks like one that shows
#           two logs.
# Seen:     2026-11-27. Needs apt-get on Debian 12 with current lists; nothing is installed, root is not needed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User="$(id -un)" golang-1.19-go golang-1.19-src golang-golang-x-mod-dev=0.7.0-1
for package in *.deb; do
    dpkg-deb -x "$package" root
    echo "$package"
done
cat >empty.go <<'GO'
package main

import (
	"crypto/sha256"
	"fmt"
	"os"

	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	none := tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return nil, nil })
	root, err := tlog.TreeHash(0, none)
	rfc := sha256.Sum256(nil)
	fmt.Printf("tlog:     %x\nRFC 6962: %x\n", root[:], rfc)
	if err != nil || root != (tlog.Hash{}) {
		fmt.Fprintln(os.Stderr, "it behaves differently now")
		os.Exit(1)
	}
}
GO
GOROOT=$work/root/usr/lib/go-1.19 GO111MODULE=off GOFLAGS= GOPATH=$work/root/usr/share/gocode GOCACHE=$work/cache \
    root/usr/lib/go-1.19/bin/go run empty.go
