#!/usr/bin/env python3
"""Asks for https://HOST/ over and over, each time on a new connection whose certificate is verified, until SECONDS have passed.

load.py ROOT.pem PORT SECONDS HOST...   prints {"requests", "failed", "errors", "serials": {serial: count}} as JSON; exit 1 on any failure.
"""
import collections
import json
import socket
import ssl
import sys
import threading
import time

root, port, seconds, hosts = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
context = ssl.create_default_context(cafile=root)
lock = threading.Lock()
requests, errors, serials = 0, collections.Counter(), collections.Counter()
end = time.monotonic() + seconds


def once(host):
    with socket.create_connection(("127.0.0.1", port), timeout=10) as tcp, context.wrap_socket(tcp, server_hostname=host) as tls:
        tls.sendall(("GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host).encode())
        answer = b""
        while chunk := tls.recv(65536):
            answer += chunk
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise ValueError("answered %r" % answer[:60])
        return tls.getpeercert()["serialNumber"]


def loop(number):
    global requests
    host = hosts[number % len(hosts)]
    while time.monotonic() < end:
        try:
            serial = once(host)
            with lock:
                requests += 1
                serials[serial] += 1
        except (OSError, ValueError) as error:
            with lock:
                requests += 1
                errors[str(error)] += 1


threads = [threading.Thread(target=loop, args=(n,)) for n in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(json.dumps({"requests": requests, "failed": sum(errors.values()), "errors": errors, "serials": serials}, indent=1))
sys.exit(1 if errors or not requests else 0)
