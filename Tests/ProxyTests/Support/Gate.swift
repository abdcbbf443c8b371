import Synchronization

/// Holds threads of peers until a test lets them go on.
final class Gate: Sendable {
    private let state = Mutex((arrived: 0, isOpen: false))

    func arrive() { state.withLock { $0.arrived += 1 } }

    /// Waits for somebody to arrive.
    func arrival() async {
        _ = await eventually { self.state.withLock { $0.arrived > 0 } }
    }

    func open() { state.withLock { $0.isOpen = true } }

    /// Blocks the calling thread until the gate is open.
    func wait() {
        guard let (socket, _) = try? TestSocket.listen() else { return }
        while !state.withLock(\.isOpen) { _ = try? socket.isSilent(for: .milliseconds(5)) }
    }
}
