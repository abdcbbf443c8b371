import FoundationEssentials
import TestKit

/// A web server on 127.0.0.1 with files, and with the vices of strangers' servers: an answer without end, one that comes byte by byte, a
/// redirect. Counts its requests.
final class StaticWebServer: Sendable {
    struct Failure: Error { let what: String }

    let port: Int
    private let folder: TemporaryFolder
    private let process: ChildProcess

    init() async throws {
        let folder = try TemporaryFolder("static-web")
        let process = try ChildProcess(["python3", "-u", "-c", Self.script, folder.path], log: folder.path + "/log")
        func listening() -> Int? {
            process.output.split(separator: "\n").lazy.compactMap { $0.hasPrefix("port ") ? Int($0.dropFirst(5)) : nil }.first
        }
        guard await eventually(within: .seconds(20), { listening() != nil }), let port = listening() else {
            throw Failure(what: process.output)
        }
        (self.folder, self.process, self.port) = (folder, process, port)
    }

    func put(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(filePath: folder.path + "/" + name), options: .atomic)
    }

    func requests(for path: String) -> Int {
        process.output.split(separator: "\n").count { $0 == "request \(path)" }
    }

    private static let script = """
        import http.server, os, sys, time
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *words): pass
            def do_POST(self): self.do_GET()
            def do_GET(self):
                print("request", self.path)
                file = sys.argv[1] + self.path
                if self.path == "/redirect":
                    self.send_response(302)
                    self.send_header("Location", "/none")
                    self.end_headers()
                elif self.path == "/endless":
                    self.send_response(200)
                    self.end_headers()
                    try:
                        for _ in range(100): self.wfile.write(bytes(1 << 20))
                    except OSError: pass
                elif self.path == "/slow":
                    self.send_response(200)
                    self.end_headers()
                    try:
                        for _ in range(200):
                            self.wfile.write(b"0")
                            time.sleep(0.05)
                    except OSError: pass
                elif os.path.isfile(file):
                    self.send_response(200)
                    self.end_headers()
                    self.wfile.write(open(file, "rb").read())
                else:
                    self.send_error(404)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print("port", server.server_port)
        server.serve_forever()
        """
}
