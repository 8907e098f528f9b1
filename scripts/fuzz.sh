#!/bin/bash
# Runs every fuzz target, or those that are named, for FUZZ_SECONDS each (60): `make fuzz`. What is found stays in
# fuzz/artifacts, what was learnt in target/fuzz/corpus, where the next run goes on from.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly SECONDS_EACH=${FUZZ_SECONDS:-60}

say() { printf 'fuzz: %s\n' "$*" >&2; }

if ! cargo +nightly --version >/dev/null 2>&1; then
    say "a nightly compiler is missing: rustup toolchain install nightly"
    exit 1
fi
if ! cargo +nightly fuzz --version >/dev/null 2>&1; then
    say "cargo-fuzz is missing: cargo install --locked cargo-fuzz"
    exit 1
fi

# The versions that the program is built with.
cp Cargo.lock fuzz/Cargo.lock

# The named targets, or all.
readonly WANTED=" ${*:-authorization body fold frames} "

fuzz() {
    local target=$1
    shift
    [[ $WANTED == *" $target "* ]] || return 0
    mkdir -p "target/fuzz/corpus/$target"
    say "$target for $SECONDS_EACH s"
    cargo +nightly fuzz run --target-dir target/fuzz "${FEATURES[@]}" "$target" "target/fuzz/corpus/$target" "$@" \
        -max_total_time="$SECONDS_EACH" -print_final_stats=1
}

FEATURES=()
fuzz authorization fuzz/seeds/authorization -- -dict=fuzz/authorization.dict -max_len=10000
fuzz body model/tests/events -- -max_len=20000
# These are of the model alone.
FEATURES=(--no-default-features)
fuzz fold -- -max_len=4000
fuzz frames -- -max_len=4000
