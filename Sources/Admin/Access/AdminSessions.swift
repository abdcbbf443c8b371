internal import Core
internal import FoundationEssentials
internal import PKI

/// Who has shown the token with the form of the dashboard. Only digests of the cookies are kept, so that looking one up tells nothing about
/// the others.
struct AdminSessions {
    private var ends: [[UInt8]: Date] = [:]

    /// Begins a session; the one that would end first gives way when there are too many.
    ///
    /// - Returns: what the cookie holds: 256 random bits.
    mutating func begin(now: Date) throws(PKIError) -> String {
        let secret = Base64URL.encode(try randomBytes(32))
        ends = ends.filter { $0.value > now }
        while ends.count >= AdminLimits.sessionsMax, let oldest = ends.min(by: { $0.value < $1.value }) { ends[oldest.key] = nil }
        ends[sha256(Array(secret.utf8))] = now.addingTimeInterval(AdminLimits.sessionTime.seconds)
        return secret
    }

    /// Whether a cookie stands for a session that goes on.
    func has(_ secret: String, now: Date) -> Bool { ends[sha256(Array(secret.utf8))].map { $0 > now } ?? false }

    /// Ends one.
    mutating func end(_ secret: String) { ends[sha256(Array(secret.utf8))] = nil }

    /// Ends all of them.
    mutating func endAll() { ends = [:] }

    /// How many there are.
    var count: Int { ends.count }
}
