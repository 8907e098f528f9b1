#!/bin/bash
# Makes a Debian machine that has rustup ready to build Ringside: a C compiler, and one Rust
# toolchain that compiles for this machine and for wasm. Run by `make`; a second run changes nothing.
#
# The toolchain is rustup's own where `rustup target add` can download the wasm target. Where it
# can't, it is Debian's (rustc-web), whose wasm std is built here once from Debian's sources.
# target/setup/toolchain names the one to use, for native code and wasm alike: with two compilers
# every dependency would be compiled twice.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly TARGET=wasm32-unknown-unknown
readonly CHOICE=target/setup/toolchain
readonly DEBIAN_STD=/usr/lib/rustlib/$TARGET/lib
readonly COMPILER_PACKAGES=(rustc-web cargo-web rust-web-src rust-web-llvm lld-22 rust-web-clippy rustfmt-web)

say() { printf 'set-up: %s\n' "$*" >&2; }
stop() { printf 'set-up: %s\n' "$@" >&2; exit 1; }

# What apt-get has to install; never called with an empty list.
install_packages() {
    local also=""
    # The folder of the wasm std is the only other thing that needs root.
    if [[ " $* " == *" rustc-web "* ]]; then
        also=" && sudo install -d -o \"\$(id -un)\" $DEBIAN_STD"
    fi
    if [[ $(id -u) != 0 ]]; then
        stop "these packages are missing and only root can install them. Run this line, then try again:" \
            "  sudo apt-get update && sudo apt-get install -y $*$also"
    fi
    say "installing $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing_packages() {
    local package
    for package in "$@"; do
        [[ -e /var/lib/dpkg/info/$package.list || -e /var/lib/dpkg/info/$package:amd64.list ]] || printf '%s\n' "$package"
    done
}

# A toolchain is ready when it has a wasm std and can format and lint.
ready() {
    local libdir
    libdir=$(RUSTUP_TOOLCHAIN=$1 rustc --print target-libdir --target $TARGET 2>/dev/null) || return 1
    compgen -G "$libdir/libstd-*.rlib" >/dev/null || return 1
    RUSTUP_TOOLCHAIN=$1 cargo clippy --version >/dev/null 2>&1 &&
        RUSTUP_TOOLCHAIN=$1 cargo fmt --version >/dev/null 2>&1
}

choose() {
    mkdir -p target/setup
    printf '%s\n' "$1" >$CHOICE
    say "building with the toolchain \"$1\" ($(RUSTUP_TOOLCHAIN=$1 rustc --version))"
}

build_debian_std() {
    say "building the wasm std from Debian's sources (once, half a minute)"
    local scratch
    scratch=$(mktemp -d)
    mkdir "$scratch/src"
    : >"$scratch/src/lib.rs"
    printf '[package]\nname = "scratch"\nedition = "2021"\n[lib]\ncrate-type = ["cdylib"]\n' >"$scratch/Cargo.toml"
    if ! (cd "$scratch" && env -u CARGO_TARGET_DIR -u RUSTUP_TOOLCHAIN RUSTC_BOOTSTRAP=1 RUSTC=/usr/bin/rustc /usr/bin/cargo build \
        --quiet --release --target $TARGET -Zbuild-std=std,panic_abort); then
        rm -rf "$scratch"
        stop "the wasm std did not build; the compiler's message is above."
    fi
    mkdir -p $DEBIAN_STD
    rm -f "$scratch/target/$TARGET/release/deps/"*scratch*
    cp "$scratch/target/$TARGET/release/deps/"*.rlib $DEBIAN_STD/
    rm -rf "$scratch"
}

# The std must come from the very compiler that uses it: an upgrade of rustc-web rebuilds it.
prepare_debian() {
    local missing stamp=$DEBIAN_STD/built-by version
    mapfile -t missing < <(missing_packages "${COMPILER_PACKAGES[@]}")
    [[ ${#missing[@]} == 0 ]] || install_packages "${missing[@]}"
    version=$(/usr/bin/rustc --version --verbose)
    if [[ ! -e $stamp || $(<$stamp) != "$version" ]]; then
        [[ $(id -u) == 0 || -w $DEBIAN_STD ]] ||
            stop "$DEBIAN_STD must be writable. Run this line, then try again:" \
                "  sudo install -d -o \"\$(id -un)\" $DEBIAN_STD"
        rm -f $DEBIAN_STD/*.rlib
        build_debian_std
        printf '%s\n' "$version" >$stamp
    fi
    rustup toolchain link debian /usr
}

for tool in rustup cargo; do
    command -v $tool >/dev/null || stop "$tool is missing; rustup is on https://rustup.rs"
done

wanted=()
command -v cc >/dev/null || wanted+=(gcc)
command -v make >/dev/null || wanted+=(make)
command -v pkg-config >/dev/null || wanted+=(pkg-config)
[[ ${#wanted[@]} == 0 ]] || install_packages "${wanted[@]}"

if [[ -s $CHOICE && ${RUSTUP_TOOLCHAIN:-$(<$CHOICE)} == "$(<$CHOICE)" ]] && ready "$(<$CHOICE)"; then
    exit 0
fi
active=${RUSTUP_TOOLCHAIN:-$(rustup show active-toolchain | head -n1 | cut -d' ' -f1)}
if ready "$active"; then
    choose "$active"
    exit 0
fi
if [[ $active != debian ]] &&
    timeout 300 rustup --quiet target add --toolchain "$active" $TARGET >/dev/null 2>&1 &&
    timeout 300 rustup --quiet component add --toolchain "$active" clippy rustfmt >/dev/null 2>&1 &&
    ready "$active"; then
    choose "$active"
    exit 0
fi
say "rustup can't download the wasm target here; taking Debian's compiler"
command -v apt-get >/dev/null ||
    stop "neither rustup's download nor apt-get works here; the target $TARGET has to be installed by hand."
prepare_debian
ready debian || stop "Debian's toolchain is installed but not complete; check \"RUSTUP_TOOLCHAIN=debian rustc --print target-libdir --target $TARGET\"."
choose debian
