# Two commands do everything from a fresh machine: `make demo` and `make test`.
# Needed: a Rust toolchain, a C compiler, python3, and the package registries of both.

PYTHON ?= python3
VENV := target/venv

.PHONY: demo test lint bench-load clean

## A whole election on real sockets: 669 real ballots, a client for each, closing, result, check.
demo:
	cargo build --release --locked
	target/release/veche demo --ballots examples/akali-skins-2022.csv
	$(PYTHON) verifier/veche_verify.py demo-election/record

## All tests, the foreign client among them.
test: $(VENV)/ready
	cargo build --locked
	VECHE_PYTHON=$(abspath $(VENV))/bin/python cargo test --locked --workspace

$(VENV)/ready: examples/requirements.txt crates/veche-election/tests/requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check $(addprefix -r ,$^)
	touch $@

lint:
	cargo fmt --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	tools/check-crates

## The figures "under load" of docs/benchmarks.md: server and voters on a core each, about five minutes.
bench-load:
	tools/bench-load

clean:
	cargo clean
