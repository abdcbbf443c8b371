import PKI
import Testing

@testable import Proxy

@Suite("TLS, RFC 8446, RFC 6066 §3, RFC 7301") struct TLSTests {
    /// Asks openssl for a handshake.
    private func handshake(_ port: Int, _ options: [String]) async throws -> String {
        let arguments = ["openssl", "s_client", "-connect", "127.0.0.1:\(port)"]
        return try await Command.run(arguments + options).output
    }

    private func expect(_ output: String, contains text: String, _ location: SourceLocation = #_sourceLocation) {
        #expect(output.contains(text), sourceLocation: location)
    }

    private func curl(_ world: World, _ host: String, _ options: [String] = []) async throws -> Command.Result {
        let resolve = ["--resolve", "\(host):\(world.https):127.0.0.1", "https://\(host):\(world.https)/path?q"]
        return try await Command.run(["curl", "-sk", "--max-time", "5"] + options + resolve)
    }

    @Test func `the certificate is chosen by the server name`() async throws {
        let backend = try Backend.echo()
        let objects =
            Make.site("app.test", ports: [backend.port], tls: "app") + Make.site("*.app.test", ports: [backend.port], tls: "wild")
            + Make.site("new.test", ports: [backend.port], tls: "missing")
            + [try Make.secret("app", ["app.test"]), try Make.secret("wild", ["*.app.test"])]
        try await withWorld(objects) { world in
            let cases = [
                ("app.test", "CN = app.test"), ("APP.test", "CN = app.test"), ("a.app.test", "CN = *.app.test"),
                ("b.a.app.test", "placeholder.invalid"), ("unknown.test", "placeholder.invalid"), ("new.test", "CN = new.test"),
            ]
            for (name, subject) in cases {
                let output = try await handshake(world.https, ["-servername", name])
                #expect(output.contains("subject=\(subject)") || output.contains(subject), "\(name)")
            }
            try await expect(handshake(world.https, ["-noservername"]), contains: "placeholder.invalid")
        }
    }

    @Test func `TLS 1․2 and 1․3 are spoken, older ones are not`() async throws {
        let backend = try Backend.echo()
        let objects = Make.site("app.test", ports: [backend.port], tls: "app") + [try Make.secret("app", ["app.test"])]
        try await withWorld(objects) { world in
            let name = ["-servername", "app.test"]
            try await expect(handshake(world.https, name + ["-tls1_2"]), contains: "Protocol  : TLSv1.2")
            try await expect(handshake(world.https, name + ["-tls1_3"]), contains: "TLSv1.3")
            let old = try await handshake(world.https, name + ["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"])
            #expect(old.contains("alert protocol version"))
            let counters = await world.server.counters()
            #expect(counters.handshakes == 2)
            #expect(await eventually { await world.server.counters().handshakeFailures == 1 })
        }
        try await withWorld(policy: "modern", objects) { world in
            let refused = try await handshake(world.https, ["-servername", "app.test", "-tls1_2"])
            #expect(refused.contains("alert protocol version"))
        }
    }

    @Test func `ALPN chooses HTTP1․1`() async throws {
        try await withWorld([]) { world in
            try await expect(handshake(world.https, ["-alpn", "h2,http/1.1"]), contains: "ALPN protocol: http/1.1")
            try await expect(handshake(world.https, ["-alpn", "spdy/1"]), contains: "No ALPN negotiated")
        }
    }

    @Test func `RSA and ECDSA keys are served`() async throws {
        let backend = try Backend.echo()
        for algorithm in [.rsa(bits: 2048), .ecdsaP256, .ecdsaP384] as [KeyAlgorithm] {
            let secret = try Make.secret("app", ["app.test"], algorithm: algorithm)
            try await withWorld(Make.site("app.test", ports: [backend.port], tls: "app") + [secret]) { world in
                for version in ["1.2", "1.3"] {
                    let result = try await curl(world, "app.test", ["--tls-max", version])
                    #expect(result.output.hasPrefix("GET /path?q HTTP/1.1\n"), "\(algorithm) \(version)")
                    #expect(result.output.contains("X-Forwarded-Proto: https"))
                    #expect(result.output.contains("X-Forwarded-Port: 443"))
                }
            }
        }
    }

    @Test func `bodies go through TLS both ways`() async throws {
        let backend = try Backend { peer, _ in
            while true {
                let request = try peer.readRequest()
                try peer.respond(request.text)
            }
        }
        let objects = Make.site("app.test", ports: [backend.port], tls: "app") + [try Make.secret("app", ["app.test"])]
        try await withWorld(objects, configure: { $0.limits.requestBodyBytesMax = 0 }) { world in
            let script = """
                import hashlib, http.client, ssl, sys
                context = ssl._create_unverified_context()
                connection = http.client.HTTPSConnection("127.0.0.1", \(world.https), context=context, timeout=10)
                for size in (0, 1, 16384, 16385, 2000000):
                    body = bytes(i * 7 % 26 + 97 for i in range(size))
                    connection.request("POST", "/", body=body, headers={"Host": "app.test"})
                    answer = connection.getresponse().read()
                    print(size, answer == body)
                def chunks():
                    for _ in range(20): yield b"z" * 50000
                connection.request("POST", "/", body=chunks(), headers={"Host": "app.test"}, encode_chunked=True)
                print(connection.getresponse().read() == b"z" * 1000000)
                """
            let result = try await Command.run(["python3", "-c", script])
            #expect(result.output == "0 True\n1 True\n16384 True\n16385 True\n2000000 True\nTrue\n")
        }
    }

    @Test func `sessions resume on every loop`() async throws {
        let backend = try Backend.echo()
        let objects = Make.site("app.test", ports: [backend.port], tls: "app") + [try Make.secret("app", ["app.test"])]
        try await withWorld(threads: 2, objects) { world in
            let script = """
                import socket, ssl
                for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                    context = ssl._create_unverified_context()
                    context.minimum_version = context.maximum_version = version
                    session, reused = None, 0
                    for number in range(12):
                        raw = socket.create_connection(("127.0.0.1", \(world.https)), 5)
                        tls = context.wrap_socket(raw, server_hostname="app.test", session=session)
                        tls.sendall(b"GET / HTTP/1.1\\r\\nHost: app.test\\r\\nConnection: close\\r\\n\\r\\n")
                        while tls.recv(65536): pass
                        session, reused = tls.session, reused + tls.session_reused
                        tls.close()
                    print(reused)
                """
            let result = try await Command.run(["python3", "-c", script])
            #expect(result.output == "11\n11\n")
        }
    }

    @Test func `what is not TLS is told so and closed`() async throws {
        try await withWorld([]) { world in
            let answers = try await Threads.run {
                try ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u{1}\u{2}\u{3}", "\u{16}\u{3}\u{1}\u{0}\u{0}"].map { bytes in
                    let client = try TestPeer.connect(world.https)
                    try client.write(bytes)
                    return try client.readEnding().bytes
                }
            }
            let text = String(decoding: answers[0], as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 400 Bad Request\r\nServer: certctl\r\nDate: "))
            #expect(answers[1] == [21, 3, 3, 0, 2, 2, 10])
            #expect(answers[2] == [21, 3, 3, 0, 2, 2, 22])
            #expect(await eventually { await world.server.counters().handshakeFailures == 3 })
        }
    }

    @Test func `a handshake that does not come to its end is cut`() async throws {
        try await withWorld([], configure: { $0.timeouts.handshake = .milliseconds(300) }) { world in
            for start in ["", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}"] {
                let end = try await Threads.run {
                    let client = try TestPeer.connect(world.https)
                    try client.write(start)
                    return try client.readEnding().bytes
                }
                #expect(end.isEmpty)
            }
            #expect(await eventually { await world.server.counters().handshakeFailures == 2 })
        }
    }

    @Test func `a cut response has no close_notify, a whole one has`() async throws {
        let backend = try Backend { peer, _ in
            let request = try peer.readRequest()
            try peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            _ = try peer.socket.isSilent(for: .milliseconds(50))
            if request.target == "/whole" { try peer.write("0\r\n\r\n") }
        }
        let objects = Make.site("app.test", ports: [backend.port], tls: "app") + [try Make.secret("app", ["app.test"])]
        try await withWorld(objects) { world in
            let script = """
                import socket, ssl
                for path in ("whole", "cut"):
                    raw = socket.create_connection(("127.0.0.1", \(world.https)), 5)
                    tls = ssl._create_unverified_context().wrap_socket(raw, server_hostname="app.test", suppress_ragged_eofs=False)
                    tls.sendall(b"GET /%s HTTP/1.0\\r\\nHost: app.test\\r\\n\\r\\n" % path.encode())
                    got = b""
                    try:
                        while True:
                            piece = tls.recv(65536)
                            if not piece: break
                            got += piece
                        print("ended", got.endswith(b"hello"))
                    except (ssl.SSLEOFError, ConnectionResetError) as error:
                        print("cut", got.endswith(b"hello"))
                """
            let result = try await Command.run(["python3", "-c", script])
            #expect(result.output == "ended True\ncut True\n")
        }
    }
}
