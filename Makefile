# Two commands do everything from a fresh machine: `make demo` and `make test`.
# Needed: a Rust toolchain, a C compiler, python3, and the package registries of both. The booth for browsers is built first, where the
# toolchain has the target wasm32-unknown-unknown or rustup brings it; without it everything else works, and says so.

PYTHON ?= python3
VENV := target/venv

NODE := target/node

.PHONY: demo booth node test test-web lint bench-load dist clean

## A whole election on real sockets: 669 real ballots, a client for each, closing, result, check.
demo: booth
	cargo build --release --locked
	target/release/veche demo --ballots examples/akali-skins-2022.csv
	$(PYTHON) verifier/veche_verify.py demo-election/record
	@echo "To vote in it yourself, and to see its pages: target/release/veche demo --keep"

## The booth: what `/booth/` serves to browsers, built into the program by the next `cargo build`.
booth:
	@tools/build-booth || { [ $$? = 3 ] && echo "going on without the booth"; }

## The second foreign client, where there is npm.
node:
	@if command -v npm >/dev/null; then mkdir -p $(NODE) && cp examples/voter.mjs examples/package.json examples/package-lock.json $(NODE) && \
		npm ci --prefix $(NODE) --ignore-scripts --no-audit --no-fund; else echo "there is no npm: examples/voter.mjs is left out"; fi

## All tests but those in browsers, the foreign clients among them.
test: $(VENV)/ready booth node
	cargo build --locked
	if [ -d $(NODE)/node_modules ]; then export VECHE_NODE=$(abspath $(NODE)); fi; \
		VECHE_PYTHON=$(abspath $(VENV))/bin/python cargo test --locked --workspace --no-fail-fast
	@echo "Left out: booth, pages and desk in browsers (make test-web)."

## Printed cards, and booth, public pages and desk in Chromium, Firefox and WebKitGTK, whichever are installed: whole elections, and what must
## not be left behind.
test-web: booth
	cargo build --locked --workspace --bin veche
	tools/test-web

$(VENV)/ready: examples/requirements.txt crates/veche-election/tests/requirements.txt crates/veche/tests/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $(addprefix -r ,$^)
	touch $@

lint:
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps --workspace --locked
	tools/check-crates

## The figures "under load" of docs/benchmarks.md: server and voters on a core each, about five minutes.
bench-load:
	tools/bench-load

## What people install: one static program for Linux on x86-64 with completions, as an archive and a Debian package, in target/dist.
dist: booth
	tools/make-dist

clean:
	cargo clean
