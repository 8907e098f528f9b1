# Every command of this project. `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# What is built is always in target/, wherever the environment would have it.
export CARGO_TARGET_DIR := $(CURDIR)/target
# Tools that the test set-up brought along come after those of the machine.
export PATH := $(PATH):$(CURDIR)/target/venv/bin
# The compiler that the set-up chose, for native code and wasm alike.
CARGO = RUSTUP_TOOLCHAIN="$$(cat target/setup/toolchain)" cargo

.PHONY: help run build page setup setup-tests test lint fmt screenshots bench bench-pages soak fuzz

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 22

run: build ## build all, then the server with a simulated PBX beside it, on http://127.0.0.1:8080
	@scripts/demo.sh

build: page ## target/release/ringside and target/release/pbx-sim, the page embedded
	@$(CARGO) build --release --locked --package server --package simulator

test: setup-tests page ## every test: formatting, lints, licences, unit, server and browser tests
	$(MAKE) --no-print-directory lint
	@# A commit is judged by the same random stories each time; `make soak` and a plain `cargo test` find others.
	PROPTEST_RNG_SEED=20261126 $(CARGO) test --workspace --locked
	@# The tests of the workspace have built the programs that these run.
	cd end2end && RINGSIDE_PROGRAMS=../target/debug/ npx --no-install playwright test

lint: setup-tests page ## formatting, lints of both targets (warnings are errors), licences
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) clippy --package app --features browser --lib --examples --locked --target wasm32-unknown-unknown --profile wasm --target-dir target/wasm -- -D warnings
	RUSTUP_TOOLCHAIN="$$(cat target/setup/toolchain)" target/tools/bin/cargo-deny --log-level error check bans licenses sources

fmt: setup ## format the Rust code
	@$(CARGO) fmt --all

soak: setup-tests build ## for the night: 20,000 orders of each life, busy days of a large PBX, a thousand kills and other faults, the fuzz targets, a wall's day
	RINGSIDE_TEST_ORDERS=20000 PROPTEST_CASES=4096 $(CARGO) test --package model --locked --test lives --test converge --test doubts
	RINGSIDE_SOAK=day $(CARGO) test --release --package simulator --locked --test soak -- --ignored --nocapture
	RINGSIDE_TEST_KILLS=1000 RINGSIDE_TEST_CALLS=200 RINGSIDE_TEST_DAMAGES=200 $(CARGO) test --package server --locked --test kill --test pbx --test disk -- --include-ignored --nocapture
	FUZZ_SECONDS=600 scripts/fuzz.sh
	cd end2end && npx --no-install playwright test --config soak.config.js

fuzz: ## each fuzz target for a minute (FUZZ_SECONDS=60); needs a nightly compiler and cargo-fuzz
	@scripts/fuzz.sh

screenshots: setup-tests build ## every page at four sizes, light and dark, into docs/pictures
	cd end2end && npx --no-install playwright test --config screenshots.config.js

bench: build ## what the server takes and costs, beside the targets; ONLY=post,fold for some of it
	@$(CARGO) build --release --locked --package bench
	@target/release/bench --server target/release/ringside --folder target $(if $(ONLY),--only $(ONLY))
	@$(if $(ONLY),,$(MAKE) --no-print-directory bench-pages)

bench-pages: setup-tests build ## what the pages cost a browser, and Lighthouse's points, beside the targets
	@cd end2end/figures && { [[ -e node_modules ]] || npm ci --no-audit --no-fund --loglevel=error; }
	cd end2end && npx --no-install playwright test --config figures.config.js

setup-tests: setup ## what tests need beside the compiler: Chromium, Node, Python clients, cargo-deny
	@scripts/setup-tests.sh

page: setup
	@scripts/setup-wasm-opt.sh
	@$(CARGO) xtask page

setup:
	@scripts/setup.sh
