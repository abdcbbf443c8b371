/// What the peers do. One server for everything, steered by the path; `?t=…` tells requests apart in what it prints.
enum PeerScripts {
    /// Arguments: nothing, or `certificate key` for TLS, or `certificate key CA` to ask for a client certificate as well.
    static let server = #"""
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        context = None
        if len(sys.argv) > 2:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1], sys.argv[2])
            context.sni_callback = lambda connection, name, context: say(f"sni {name}")
            if len(sys.argv) > 3:
                context.load_verify_locations(sys.argv[3])
                context.verify_mode = ssl.CERT_REQUIRED
        serials = iter(range(1, 1 << 30))

        class Gone(Exception): pass

        def read_line(f):
            line = f.readline(65536)
            if not line.endswith(b"\n"): raise Gone()
            return line.rstrip(b"\r\n").decode("latin-1")

        def read_request(f):
            method, target, _ = read_line(f).split(" ")
            fields = []
            while line := read_line(f):
                name, value = line.split(":", 1)
                fields.append((name, value.strip()))
            return method, target, fields

        def read_body(f, fields):
            fields = {name.lower(): value for name, value in fields}
            if fields.get("transfer-encoding") == "chunked":
                body = b""
                while size := int(read_line(f), 16):
                    body += f.read(size)
                    read_line(f)
                read_line(f)
                return body
            return f.read(int(fields.get("content-length", "0")))

        def answer(s, body, status="200 OK", fields=()):
            head = "".join(f"{name}: {value}\r\n" for name, value in fields)
            s.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode("latin-1") + body)

        def wait_for_close(s, target):
            try:
                while s.recv(65536): pass
            except OSError: pass
            say("closed " + target)

        def drip(s, target, pieces, pause=0.03):
            try:
                for piece in pieces:
                    s.sendall(piece)
                    time.sleep(pause)
            except OSError:
                say("closed " + target)
                raise Gone()

        def forever(piece):
            while True: yield piece

        def flood(s, target):
            s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            block = b"8000\r\n" + b"x" * 0x8000 + b"\r\n"
            total, reported, since = 0, -1, time.monotonic()
            s.setblocking(False)
            rest = memoryview(block)
            while True:
                try:
                    sent = s.send(rest)
                    total, since, rest = total + sent, time.monotonic(), rest[sent:]
                    if not rest: rest = memoryview(block)
                except BlockingIOError:
                    if time.monotonic() - since > 1.3 and reported != total:
                        reported = total
                        say(f"stalled {target} {total}")
                    time.sleep(0.005)
                except OSError:
                    say("closed " + target)
                    raise Gone()

        def serve(s, f, serial):
            method, target, fields = read_request(f)
            path, _, _ = target.partition("?")
            word, _, argument = path[1:].partition("/")
            say("request " + target)
            if word == "early":
                answer(s, b"too much", "413 Content Too Large", [("Connection", "close")])
                s.shutdown(socket.SHUT_WR)
                wait_for_close(s, target)
                raise Gone()
            if word == "deaf":
                wait_event.wait(20); raise Gone()
            if word == "slowsink":
                received = 0
                while chunk := f.read1(16384):
                    received += len(chunk)
                    if received > 2_000_000: break
                    time.sleep(0.01)
                raise Gone()
            if word == "upload":
                try: read_body(f, fields)
                except (Gone, OSError, ValueError): pass
                wait_for_close(s, target)
                raise Gone()
            body = read_body(f, fields)
            if word == "echo":
                head = f"{method} {target}\n" + "".join(f"{name}: {value}\n" for name, value in fields)
                answer(s, head.encode("latin-1") + b"\n" + body, fields=[("X-Connection", serial)])
            elif word == "status":
                answer(s, b"words", argument + " Some Reason")
            elif word == "bytes":
                answer(s, b"b" * int(argument) if method != "HEAD" else b"", fields=[])
            elif word == "head":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
            elif word == "empty":
                answer(s, b"", "204 No Content")
            elif word == "chunked":
                s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-After\r\n\r\n")
                for piece in (b"one ", b"two ", b"three"):
                    s.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                s.sendall(b"0\r\nX-After: trailer\r\n\r\n")
            elif word == "endless-chunks":
                drip(s, target, [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
                drip(s, target, forever(b"4000\r\n" + b"x" * 0x4000 + b"\r\n"), 0)
            elif word == "until-close":
                s.sendall(b"HTTP/1.0 200 OK\r\n\r\nall of it")
                raise Gone()
            elif word == "silent":
                wait_for_close(s, target)
            elif word == "slow-head":
                drip(s, target, [b"HTTP/1.1 200 OK\r\n"])
                drip(s, target, forever(b"X"))
            elif word == "trickle":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                drip(s, target, forever(b"t"))
            elif word == "trickle-then-end":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")
                drip(s, target, [b"t"] * 50)
            elif word == "stall":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nsome")
                wait_for_close(s, target)
            elif word == "cut":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
                raise Gone()
            elif word == "cut-chunk":
                s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nonly")
                raise Gone()
            elif word == "bad-chunk":
                s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nonly\r\n0\r\n\r\n")
            elif word == "reset":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this")
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raise Gone()
            elif word == "longer":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfourHTTP/1.1 500 smuggled\r\n\r\n")
            elif word == "two-lengths":
                s.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nfour5")
            elif word == "no-answer":
                raise Gone()
            elif word == "garbage":
                s.sendall(b"SSH-2.0-OpenSSH_9.2p1\r\n")
                raise Gone()
            elif word == "head-bytes":
                start, end = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", b"\r\n"
                left = int(argument) - len(start) - len(end)
                lines = b""
                while left:
                    size = left if left < 2000 else 1000
                    lines += b"X-Fill: " + b"f" * (size - 10) + b"\r\n"
                    left -= size
                s.sendall(start + lines + end + b"ok")
            elif word == "endless-headers":
                drip(s, target, [b"HTTP/1.1 200 OK\r\n"])
                drip(s, target, forever(b"X-More: " + b"m" * 1000 + b"\r\n"), 0)
            elif word == "endless-line":
                drip(s, target, [b"HTTP/1.1 200 OK\r\nX-More: "])
                drip(s, target, forever(b"m" * 1000), 0)
            elif word == "interim":
                s.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </early>\r\n\r\n")
                answer(s, b"final", fields=[("Link", "</late>")])
            elif word == "endless-interim":
                drip(s, target, forever(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n"), 0)
            elif word == "switching":
                s.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nnot http")
                wait_for_close(s, target)
            elif word == "redirect":
                left = int(argument)
                answer(s, b"", "302 Found", [("Location", f"/redirect/{left - 1}" if left else "/echo/there")])
            elif word == "redirect-to":
                answer(s, b"", "307 Temporary Redirect", [("Location", bytes.fromhex(argument).decode())])
            elif word == "flood":
                flood(s, target)
            elif word == "watch":
                s.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                for n in range(int(argument)):
                    s.sendall(b"8\r\nevent %d\n\r\n" % (n % 10))
                    time.sleep(0.06)
                wait_for_close(s, target)
            elif word == "close-after":
                answer(s, b"bye", fields=[("X-Connection", serial)])
                raise Gone()
            else:
                answer(s, b"no such path", "404 Not Found")

        wait_event = threading.Event()

        def shake_hands(s):
            raw = socket.socket(fileno=os.dup(s.fileno()))
            try:
                s = context.wrap_socket(s, server_side=True)
                raw.close()
                return s
            except OSError:
                # Closing at once would reset the connection, and the alert that says why would be lost.
                raw.shutdown(socket.SHUT_WR)
                while raw.recv(65536): pass
                raise

        def connection(s):
            serial = next(serials)
            try:
                if context: s = shake_hands(s)
                with s, s.makefile("rb") as f:
                    while True: serve(s, f, serial)
            except (Gone, OSError, ValueError): pass
            finally:
                try: s.close()
                except OSError: pass

        say(f"port {listener.getsockname()[1]}")
        while True:
            s, _ = listener.accept()
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=connection, args=(s,), daemon=True).start()
        """#

    /// Accepts connections and neither reads nor writes.
    static let mute = """
        listener = socket.create_server(("127.0.0.1", 0))
        say(f"port {listener.getsockname()[1]}")
        held = []
        while True: held.append(listener.accept())
        """

    /// Has a queue of connections that is full, so that the kernel answers no other.
    static let full = """
        listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        address = listener.getsockname()
        held = []
        for _ in range(4):
            s = socket.socket(); s.setblocking(False); s.connect_ex(address); held.append(s)
        time.sleep(0.05)
        say(f"port {address[1]}")
        while True: time.sleep(60)
        """

    /// A proxy for CONNECT and for absolute URLs, which reaches every name at 127.0.0.1. Argument: `user:password`, or nothing.
    /// Hosts that start with `refused` get 403, those with `hang` nothing.
    static let proxy = #"""
        import base64
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        wanted = "Basic " + base64.b64encode(sys.argv[1].encode()).decode() if len(sys.argv) > 1 else None

        def pump(a, b):
            try:
                while data := a.recv(65536): b.sendall(data)
            except OSError: pass
            for s in (a, b):
                try: s.shutdown(socket.SHUT_RDWR)
                except OSError: pass

        def connection(s):
            f = s.makefile("rb")
            method, target, version = f.readline().decode().split(" ")
            fields = []
            while (line := f.readline()) not in (b"\r\n", b""): fields.append(line)
            authority = target if method == "CONNECT" else target.split("/")[2]
            say(f"{method} {authority}")
            given = [line.split(b":", 1)[1].strip().decode() for line in fields if line.lower().startswith(b"proxy-authorization:")]
            if wanted and given != [wanted]:
                s.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"); s.close(); return
            if authority.startswith("refused"):
                s.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"); s.close(); return
            if authority.startswith("hang"):
                try:
                    while s.recv(1000): pass
                except OSError: pass
                say("closed " + authority); s.close(); return
            upstream = socket.create_connection(("127.0.0.1", int(authority.rsplit(":", 1)[1])))
            if method == "CONNECT":
                s.sendall(b"HTTP/1.1 200 Connection established\r\nX-Proxy-Only: yes\r\n\r\n")
            else:
                path = "/" + target.split("/", 3)[3]
                upstream.sendall(f"{method} {path} HTTP/1.1\r\n".encode() + b"".join(fields) + b"Via: 1.1 peer\r\n\r\n")
            threading.Thread(target=pump, args=(upstream, s), daemon=True).start()
            pump(s, upstream)

        say(f"port {listener.getsockname()[1]}")
        while True:
            s, _ = listener.accept()
            threading.Thread(target=connection, args=(s,), daemon=True).start()
        """#

    /// nginx with HTTP/2 on a socket that it inherits. Arguments: folder, certificate, key, port of the server above.
    static let nginx = #"""
        import subprocess
        folder, certificate, key, upstream = sys.argv[1:]
        os.mkdir(folder)
        user = "user root;" if os.geteuid() == 0 else ""
        listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        port = listener.getsockname()[1]
        with open(folder + "/nginx.conf", "w") as f: f.write(f"""
        daemon off; worker_processes 1; {user} pid {folder}/nginx.pid; error_log {folder}/error.log;
        events {{ worker_connections 512; }}
        http {{
          access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
          uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; http2_max_concurrent_streams 32; client_body_buffer_size 1m; keepalive_requests 100000;
          server {{
            listen 127.0.0.1:{port} ssl http2; ssl_certificate {certificate}; ssl_certificate_key {key};
            location /which {{ return 200 "$server_protocol $connection"; }}
            location / {{ proxy_pass http://127.0.0.1:{upstream}; proxy_buffering off; }}
          }}
        }}
        """)
        os.set_inheritable(listener.fileno(), True)
        child = subprocess.Popen(["nginx", "-p", folder, "-c", folder + "/nginx.conf", "-e", folder + "/error.log"],
            env=dict(os.environ, NGINX=f"{listener.fileno()};"), pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL)
        at_end.append(lambda: (child.terminate(), child.wait()))
        say(f"port {port}")
        while True: time.sleep(60)
        """#

    /// Not a server: makes certificates with openssl and removes them at the end.
    static let certificates = #"""
        import shutil, subprocess, tempfile
        folder = tempfile.mkdtemp(prefix="certctl-http-tests-")
        at_end.append(lambda: shutil.rmtree(folder, ignore_errors=True))
        def openssl(*words): subprocess.run(["openssl", *words], cwd=folder, check=True, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        def authority(name):
            openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                    "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", name + ".key", "-out", name + ".pem")
        def leaf(name, issuer, names, *extra):
            with open(folder + f"/{name}.ext", "w") as f: f.write("subjectAltName=" + names)
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name,
                    "-keyout", name + ".key", "-out", name + ".csr")
            openssl("x509", "-req", "-in", name + ".csr", "-CA", issuer + ".pem", "-CAkey", issuer + ".key", "-CAcreateserial",
                    "-extfile", name + ".ext", "-out", name + ".pem", *(extra or ("-days", "1")))
        authority("ca"); authority("other")
        leaf("server", "ca", "DNS:localhost,DNS:service.test,IP:127.0.0.1")
        leaf("wrongname", "ca", "DNS:elsewhere.test")
        leaf("expired", "ca", "DNS:localhost,IP:127.0.0.1", "-days", "-1")
        leaf("client", "ca", "DNS:client.test")
        leaf("stranger", "other", "DNS:client.test")
        say("folder " + folder)
        say("port 0")
        while True: time.sleep(60)
        """#
}
