# Sourced: a private ACME CA (Debian's pebble) with a DNS server that answers 127.0.0.1 for every name.
# pebble_start DIR HTTP_PORT: sets PEBBLE_URL, PEBBLE_PIDS; writes DIR/pebble-tls.pem (what its own HTTPS is signed by)
# and DIR/root.pem (what issued certificates are signed by); logs to DIR/pebble.log.

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# wait_until SECONDS COMMAND...: runs the command until it succeeds.
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$end" ]; then
            echo "gave up waiting for: $*" >&2
            return 1
        fi
        sleep 0.1
    done
}

pebble_start() {
    local dir=$1 http_port=$2 api management dns
    api=$(free_port) management=$(free_port) dns=$(free_port)
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=pebble tls" \
        -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -keyout "$dir/pebble-tls.key" -out "$dir/pebble-tls.pem" 2>/dev/null
    cat >"$dir/pebble.json" <<JSON
{"pebble": {"listenAddress": "127.0.0.1:$api", "managementListenAddress": "127.0.0.1:$management",
 "certificate": "$dir/pebble-tls.pem", "privateKey": "$dir/pebble-tls.key", "httpPort": $http_port, "tlsPort": 1,
 "ocspResponderURL": "", "externalAccountBindingRequired": false}}
JSON
    pebble-challtestsrv -management "" -http01 "" -https01 "" -tlsalpn01 "" -dns01 "127.0.0.1:$dns" -defaultIPv6 "" \
        >"$dir/dns.log" 2>&1 &
    PEBBLE_PIDS=$!
    pebble -config "$dir/pebble.json" -dnsserver "127.0.0.1:$dns" >"$dir/pebble.log" 2>&1 &
    PEBBLE_PIDS="$PEBBLE_PIDS $!"
    PEBBLE_URL="https://127.0.0.1:$api/dir"
    wait_until 15 curl -sf --cacert "$dir/pebble-tls.pem" "$PEBBLE_URL"
    curl -sf --cacert "$dir/pebble-tls.pem" "https://127.0.0.1:$management/roots/0" >"$dir/root.pem"
}
