/// One reader's stream of events: what is new since it was last sent something, or a sign of life.
actor DashboardFeed {
    /// Something new.
    struct Event: Sendable {
        /// The version that it makes.
        let cursor: String
        /// One line of JSON.
        let data: [UInt8]
    }

    private var signals: AsyncStream<Void>.Iterator
    private var cursor: String?
    private var sentAt = ContinuousClock.now
    private let heartbeat: Duration
    private let event: @Sendable (String?) async -> Event?

    init(
        signals: AsyncStream<Void>, cursor: String?, heartbeat: Duration = DashboardLimits.heartbeat,
        event: @escaping @Sendable (String?) async -> Event?
    ) {
        self.heartbeat = heartbeat
        self.signals = signals.makeAsyncIterator()
        self.cursor = cursor
        self.event = event
    }

    /// Waits for something to send; nil at the end.
    func next() async -> [UInt8]? {
        var signals = signals
        defer { self.signals = signals }
        while await signals.next(isolation: self) != nil {
            if let event = await event(cursor) { return sending(event) }
            if sentAt.duration(to: .now) >= heartbeat {
                sentAt = .now
                return Array(":\n\n".utf8)
            }
        }
        return nil
    }

    private func sending(_ event: Event) -> [UInt8] {
        sentAt = .now
        guard event.data.count <= DashboardLimits.eventBytesMax else {
            // The page fetches it, and says with its next stream what it has; here nothing older is sent again.
            cursor = event.cursor
            return Array("event: reload\nid: \(event.cursor)\ndata: {}\n\n".utf8)
        }
        cursor = event.cursor
        return Array("retry: 3000\nevent: change\nid: \(event.cursor)\ndata: ".utf8) + event.data + Array("\n\n".utf8)
    }
}
