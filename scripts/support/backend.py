#!/usr/bin/env python3
"""A small backend: says who it is and what reached it.

backend.py NAME PORT [ADDRESS]   PORT 0: any free one, printed on the first line. ADDRESS: 127.0.0.1 unless given.
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are written one after the other: without this the body waits for the peer's delayed ACK, 40 ms.
    disable_nagle_algorithm = True
    name = "backend"

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        body = json.dumps({"backend": self.name, "method": self.command, "target": self.path,
                           "headers": dict(self.headers.items())}, indent=1).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True

    def handle_error(self, request, client_address):
        # Whoever went away in the middle is no news.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


if __name__ == "__main__":
    Echo.name = sys.argv[1]
    server = Server((sys.argv[3] if len(sys.argv) > 3 else "127.0.0.1", int(sys.argv[2])), Echo)
    print(server.server_address[1], flush=True)
    server.serve_forever()
