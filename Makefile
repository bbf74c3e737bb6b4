# What people and CI run. Each target installs and builds what it needs; nothing that is there is built again.
# On the machine: rustup's stable toolchain, gcc, git, python3. The rest comes through apt (as root).

HELLO := target/examples/hello_python.zip

.PHONY: hello python build test test-slow compat guest-test packages browser clients lint ci
.DEFAULT_GOAL := hello

## hello: set everything up and run the first example
hello: build $(HELLO)
	./target/release/wasmlam run $(HELLO) --handler hello_python.my_handler --runtime python3.6 --timeout 15 \
	    --memory-size 512 --event '{"first_name": "Ada", "last_name": "Lovelace"}'

$(HELLO): tests/handlers/hello_python.py
	mkdir -p $(@D)
	cd $(<D) && python3 -m zipfile -c $(abspath $@) $(<F)

## python: CPython for WASI, kept in the cache folder
python:
	./wasm-python/build.sh >/dev/null

## build: the program, in target/release
build: python
	cargo build --release --locked
	@# CARGO_TARGET_DIR may point elsewhere; the commands here and in the README say target/release.
	@if [ -n "$${CARGO_TARGET_DIR:-}" ]; then mkdir -p target/release && cp "$$CARGO_TARGET_DIR/release/wasmlam" target/release/; fi
	./target/release/wasmlam setup

## test: every test, of the host and of the guest's half
test: build guest-test packages browser clients
	cargo test --release --locked

## test-slow: a hundred thousand hostile calls, each with its memory compared; 300 kills of the service; 200,000 broken
## requests: half an hour
test-slow: build
	cargo test --release --locked --test it -- --ignored

## compat: packages from PyPI and CPython's own tests in the sandbox; renews tests/compat/results: a quarter of an hour
compat: build
	./tests/compat/packages.py --report tests/compat/results/packages.md
	./tests/compat/cpython.py --report tests/compat/results/cpython.md

guest-test:
	python3 -m unittest discover -q -s wasm-python/tests

## browser: chromium and axe-core for the tests of the console
browser:
	./tests/console/fetch.sh >/dev/null

packages:
	./tests/packages/fetch.sh >/dev/null

clients:
	./tests/clients/setup.sh >/dev/null

lint:
	cargo fmt --check
	cargo clippy --release --locked --all-targets -- -D warnings
	cargo rustdoc --release --locked --lib -- -D warnings

## ci: what .ci/run runs
ci: lint test hello
