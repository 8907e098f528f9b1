#!/bin/bash
# wasm-opt takes what is there twice out of the wasm. It comes from npm; without Node the page is the same, a little larger.
set -euo pipefail
cd "$(dirname "$0")/../xtask"

if [[ -e node_modules/.package-lock.json && ! package-lock.json -nt node_modules/.package-lock.json ]]; then
    exit 0
fi
if ! command -v npm >/dev/null || ! node --version >/dev/null 2>&1; then
    echo "set-up: no Node here: the page's wasm stays a little larger; all else is the same" >&2
elif ! npm ci --no-audit --no-fund --loglevel=error >/dev/null; then
    echo "set-up: npm could not install wasm-opt (above): the page's wasm stays a little larger" >&2
fi
