internal import ArgumentParser

/// What a process does of the two things that certctl does. The roles share nothing but the store.
enum Role: String, CaseIterable, ExpressibleByArgument {
    /// Issues, and serves the traffic.
    case all
    /// Issues and renews certificates; serves no traffic. Needs the right to write Secrets.
    case controller
    /// Serves the traffic; writes nothing.
    case proxy

    var issues: Bool { self != .proxy }
    var servesTraffic: Bool { self != .controller }
}
