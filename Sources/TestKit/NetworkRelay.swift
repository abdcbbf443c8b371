internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// A wire between a program and ports of this machine that a test can cut: a TCP relay on 127.0.0.1 in a process of its own. With several
/// ports it is what a load balancer is: each connection goes to the next one.
public final class NetworkRelay: Sendable {
    /// It did not start.
    public struct Failure: Error, CustomStringConvertible {
        /// What it said.
        public let description: String
    }

    /// Where it listens; the same after ``mend()``.
    public let port: Int
    private let address: String
    private let folder: TemporaryFolder
    private let process = Mutex<ChildProcess?>(nil)

    /// Starts it and waits until it listens.
    ///
    /// - Parameters:
    ///   - targets: the ports of 127.0.0.1 that it leads to; without any, connections are closed at once.
    ///   - port: where to listen; 0 for any free port.
    ///   - address: of this machine, where to listen.
    public init(to targets: Int..., port: Int = 0, at address: String = "127.0.0.1") async throws {
        self.address = address
        folder = try TemporaryFolder("certctl-relay")
        try NetworkRelay.write(targets, to: folder)
        let process = try NetworkRelay.start(port: port, at: address, in: folder)
        self.port = try await NetworkRelay.listening(process)
        self.process.withLock { $0 = process }
    }

    /// Whether anybody has connected since it started or was mended.
    public var hasHadVisitors: Bool { process.withLock { $0?.output.contains("visitor") ?? false } }

    /// Leads new connections elsewhere.
    public func lead(to targets: [Int]) throws { try NetworkRelay.write(targets, to: folder) }

    /// Ends all connections, and refuses new ones.
    public func cut() async {
        guard let process = process.withLock({ $0 }) else { return }
        process.send(signal: SIGKILL)
        _ = await process.end(within: .seconds(10))
    }

    /// Lets connections stand, and new ones be made, and carries nothing: what a dropped packet looks like.
    public func stall() { process.withLock { $0?.send(signal: SIGSTOP) } }

    /// After ``stall()``: carries what has come in meanwhile, and goes on.
    public func resume() { process.withLock { $0?.send(signal: SIGCONT) } }

    /// After ``cut()``: listens again, on the same port.
    public func mend() async throws {
        let process = try NetworkRelay.start(port: port, at: address, in: folder)
        _ = try await NetworkRelay.listening(process)
        self.process.withLock { $0 = process }
    }

    private static func write(_ targets: [Int], to folder: TemporaryFolder) throws {
        try folder.write(targets.map { "\($0)" }.joined(separator: " "), to: "targets")
    }

    private static func start(port: Int, at address: String, in folder: TemporaryFolder) throws -> ChildProcess {
        try ChildProcess(
            ["python3", "-uc", script, folder.path + "/targets", "\(port)", address],
            log: folder.path + "/relay-\(UInt64.random(in: 0...UInt64.max)).log")
    }

    private static func listening(_ process: ChildProcess) async throws -> Int {
        func port() -> Int? { process.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().first.flatMap { Int($0) } }
        guard await eventually(within: .seconds(20), { port() != nil || !process.isRunning }), let port = port() else {
            throw Failure(description: "the relay does not start: \(process.output)")
        }
        return port
    }

    private static let script = """
        import asyncio, itertools, os, sys
        targets, port, address, turn = sys.argv[1], int(sys.argv[2]), sys.argv[3], itertools.count()
        async def pump(source, sink):
            try:
                while data := await source.read(65536):
                    sink.write(data)
                    await sink.drain()
                sink.write_eof()
            except OSError:
                sink.close()
        async def relay(reader, writer):
            print("visitor")
            ports = open(targets).read().split()
            try:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", int(ports[next(turn) % len(ports)]))
            except (OSError, ZeroDivisionError):
                return writer.close()
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))
            far_writer.close()
            writer.close()
        async def end_with(parent):
            while os.getppid() == parent:
                await asyncio.sleep(1)
            os._exit(0)
        async def main():
            watch = asyncio.create_task(end_with(os.getppid()))
            server = await asyncio.start_server(relay, address, port, backlog=512, reuse_address=True)
            print(server.sockets[0].getsockname()[1])
            await server.serve_forever()
        asyncio.run(main())
        """
}
