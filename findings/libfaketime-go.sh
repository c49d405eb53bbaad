#!/usr/bin/env bash
# Package:  libfaketime 0.9.10-2.1 and Go 1.19, as Debian 12 ships them
# Guess:    a program started with faketime sees the other time, whatever it is written in: it asks the C library or the
#           kernel.
# Happens:  only what asks the C library. A Go program that links the C library (the preload library is loaded, other
#           calls of it are caught) still shows today: Go's runtime reads the clock from the kernel's page itself.
#           Python, started by the same command, is in the other year. Nothing is said.
# Matters:  closing times are tested like that. The test of a server passes at today's time and proves nothing, and of
#           two programs of one test one closes the election and the other does not. Let the tested program print its
#           own clock first.
# Seen:     2026-11-27. Needs apt-get on Debian 12 with current lists, python3 and gcc; nothing is installed, root is
#           not needed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq -o APT::Sandbox::User="$(id -un)" golang-1.19-go golang-1.19-src libfaketime=0.9.10-2.1
for package in *.deb; do
    dpkg-deb -x "$package" root
    echo "$package"
done
cat >year.go <<'GO'
package main

// #include <time.h>
import "C"

import (
	"fmt"
	"time"
)

func main() {
	fmt.Println("C through Go", 1970+int64(C.time(nil))/31556952)
	fmt.Println("Go", time.Now().UTC().Year())
}
GO
GOROOT=$work/root/usr/lib/go-1.19 GO111MODULE=off GOFLAGS= GOCACHE=$work/cache CGO_ENABLED=1 \
    root/usr/lib/go-1.19/bin/go build -o year year.go
export LD_PRELOAD=$work/root/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 FAKETIME='2035-07-01 00:00:00'
seen=$(./year; python3 -c 'import time; print("Python", time.gmtime().tm_year)')
unset LD_PRELOAD FAKETIME
today=$(date -u +%Y)
echo "$seen"
[ "$seen" = "C through Go 2035
Go $today
Python 2035" ] || { echo "it behaves differently now" >&2; exit 1; }
