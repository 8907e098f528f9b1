#!/bin/bash
# The server and a simulated PBX that posts to it, and that it asks, until Ctrl-C. `KEEP=1` keeps what the last demo journalled.
# The PBX's secrets are made anew for each new demo; they are in the configuration, readable by its owner only.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly LISTEN=127.0.0.1:${PORT:-8080}
# The simulated PBX's own interfaces.
readonly PBX=127.0.0.1:${PBX_PORT:-8887}
readonly DATA=target/demo
readonly CONFIG=$DATA/ringside.toml

stop() { printf '%s\n' "$@" >&2; exit 1; }

# Asked before the old data is emptied: another demo may be working with it.
check_free() {
    local address=$1 other=$2 holder
    (exec 3<>"/dev/tcp/${address%:*}/${address#*:}") 2>/dev/null || return 0
    holder=$(ss -Hltnp "sport = :${address#*:}" 2>/dev/null | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1, process \2/p' | head -n1)
    stop "$address is in use by ${holder:-another process (only root sees which)}." \
        "End it, or take another port: make run $other"
}
check_free "$LISTEN" PORT=8090
check_free "$PBX" PBX_PORT=8888

random() { od -An -N16 -tx1 /dev/urandom | tr -d ' \n'; }

write_config() {
    cat <<TOML
# Made by "make run" for one demo.
listen = "$LISTEN"
access = "open"
data = "$DATA/data"

[[tenant]]
id = "demo"
name = "Demo"

  [tenant.pbx]
  url = "http://$PBX"
  username = "ringside@harbourvale.example"
  password_file = "pbx-password"

  [[tenant.endpoint]]
  id = "demo-extension-$(random)"
  name = "extension"
  events = "extension"
  auth = { method = "digest", username = "pbx", password = "$(random)" }

  [[tenant.endpoint]]
  id = "demo-cdr-$(random)"
  name = "cdr"
  events = "cdr"
  auth = { method = "bearer", token = "$(random)" }
TOML
    for queue in 8001 8002 8003; do
        printf '\n  [[tenant.queue]]\n  number = "%s"\n  target_seconds = 20\n  target_percent = 80\n' $queue
    done
}

[[ ${KEEP:-} == 1 ]] || rm -rf $DATA
if [[ ! -e $CONFIG ]]; then
    mkdir -p $DATA
    (umask 077 && write_config >$CONFIG)
fi
[[ -e $DATA/pbx-password ]] || (umask 077 && random >$DATA/pbx-password)

# Ctrl-C reaches the whole foreground group, and a second signal would cut the simulator's end short: so both run in
# sessions of their own, and are told here, the simulator first: it hangs its calls up while the server still listens.
server='' simulator=''
end() {
    trap '' INT TERM
    if [[ -n $simulator ]]; then
        kill -TERM "$simulator" 2>/dev/null || true
        wait "$simulator" 2>/dev/null || true
    fi
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    echo "ended; the demo's journal is in $DATA/data"
}

setsid target/release/ringside serve --config $CONFIG &
server=$!
trap 'end; exit 0' INT TERM

for _ in $(seq 100); do
    kill -0 $server 2>/dev/null || break
    (exec 3<>"/dev/tcp/${LISTEN%:*}/${LISTEN#*:}") 2>/dev/null && break
    sleep 0.1
done
if ! kill -0 $server 2>/dev/null; then
    wait $server || stop "the server did not start; what it said is above."
fi

setsid target/release/pbx-sim demo --config $CONFIG --server "http://$LISTEN" \
    --pbx-listen "$PBX" --pbx-password-file $DATA/pbx-password &
simulator=$!
printf '\n  Ringside shows a simulated PBX on  http://%s\n  Ctrl-C ends both.\n\n' "$LISTEN"

# One that ends by itself takes the other with it.
code=0
wait -n "$server" "$simulator" || code=$?
end
exit "$code"
