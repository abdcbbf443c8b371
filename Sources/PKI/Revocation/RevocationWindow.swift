internal import FoundationEssentials

/// The time that a response or a list is for. RFC 6960 §4.2.2.1, RFC 5280 §5.1.2.
struct RevocationWindow {
    /// Seconds since 1970.
    let thisUpdate: Int64
    /// Seconds since 1970.
    let nextUpdate: Int64?

    /// - Throws: when it is not about now.
    func check(at now: Date, _ subject: String) throws(PKIError) {
        let seconds = Int64(now.timeIntervalSince1970.rounded(.down))
        guard thisUpdate <= seconds + Self.skew else {
            throw PKIError(.badValidity, subject, "is from the future: \(Self.text(thisUpdate))")
        }
        if let nextUpdate {
            guard nextUpdate >= thisUpdate else { throw PKIError(.badValidity, subject, "ends before it begins") }
            guard nextUpdate >= seconds - Self.skew else {
                throw PKIError(.badValidity, subject, "is out of date since \(Self.text(nextUpdate))")
            }
        } else if thisUpdate < seconds - Self.ageMax {
            // RFC 6960 §2.4: newer information is available all the time; then this is old.
            throw PKIError(.badValidity, subject, "is from \(Self.text(thisUpdate)) and does not say until when it holds")
        }
    }

    func evidence(_ status: RevocationStatus) -> RevocationEvidence {
        RevocationEvidence(
            status: status, thisUpdate: Date(timeIntervalSince1970: Double(thisUpdate)),
            nextUpdate: nextUpdate.map { Date(timeIntervalSince1970: Double($0)) })
    }

    private static func text(_ seconds: Int64) -> String { Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601) }

    /// Seconds by which the clocks of the authority and of this machine may differ.
    static let skew: Int64 = 300
    /// Seconds for which something without an end is believed.
    static let ageMax: Int64 = 86_400
}
