internal import Core
public import FoundationEssentials

/// When the CA would like a certificate to be renewed. RFC 9773 §4.2.
public struct RenewalInfo: Sendable, Hashable {
    /// The start of the window in which to renew, at a random moment.
    public let windowStart: Date
    /// The end of the window; after the start. Both may have passed: then renew at once.
    public let windowEnd: Date
    /// A page that says why, for people: an http or https URL in visible ASCII, safe to print. Nil when there is none, or none like that.
    public let explanationURL: String?
    /// How long to wait before asking again: 1 minute to 1 day, 6 hours when the CA does not say.
    public let retryAfter: Duration

    /// Renewal information from its parts.
    public init(windowStart: Date, windowEnd: Date, explanationURL: String?, retryAfter: Duration) {
        self.windowStart = windowStart
        self.windowEnd = windowEnd
        self.explanationURL = explanationURL
        self.retryAfter = retryAfter
    }
}

/// The wire form of RFC 9773 §4.2.
struct RenewalInfoObject: Decodable {
    struct Window: Decodable {
        let start: String
        let end: String
    }
    let suggestedWindow: Window
    let explanationURL: JSONValue?

    /// The window, or nil when it is unusable: RFC 9773 §4.2 wants an end that is not before its start.
    func info(retryAfter: Duration) -> RenewalInfo? {
        guard let start = Timestamp.rfc3339(suggestedWindow.start), let end = Timestamp.rfc3339(suggestedWindow.end), start < end else {
            return nil
        }
        return RenewalInfo(windowStart: start, windowEnd: end, explanationURL: Self.link(explanationURL?.text), retryAfter: retryAfter)
    }

    private static func link(_ text: String?) -> String? {
        guard let text, text.utf8.count <= ACMELimits.urlBytesMax, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        let start = text.prefix(8).lowercased()
        return start.hasPrefix("https://") || start.hasPrefix("http://") ? text : nil
    }
}
