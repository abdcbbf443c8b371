internal import Core
internal import FoundationEssentials
internal import Issuance

/// What became of one renewal; the JSON form is what `certctl renew -o json` prints.
struct RenewalResult: Encodable, Sendable {
    /// How it stands.
    enum Outcome: String, Encodable, Sendable {
        /// It is under way.
        case started
        /// The new certificate is in its Secret.
        case issued
        /// It did not work this time; the server tries again by itself.
        case failed
        /// It did not begin.
        case refused
        /// It was still under way when the time to wait was over.
        case unfinished

        var isGood: Bool {
            switch self {
            case .started, .issued: true
            case .failed, .refused, .unfinished: false
            }
        }
    }

    let secret: String
    let outcome: Outcome
    /// Why it failed or did not begin.
    var message: String?
    /// Of the new certificate.
    var serialNumber: String?
    var notAfter: Date?

    init(secret: String, _ outcome: Outcome, message: String? = nil) {
        self.secret = secret
        self.outcome = outcome
        self.message = message
    }

    /// As the answer to the request has it.
    init(begun item: RenewalAnswer.Item) {
        self.init(secret: item.secret, item.failure == nil ? .started : .refused, message: item.failure?.description)
    }

    /// How it stands by now; nil while it is under way.
    ///
    /// - Parameters:
    ///   - before: what was known when it began.
    ///   - now: what is known now; nil when nobody wants the certificate any more.
    init?(secret: String, before: CertificateFact, now: CertificateFact?) {
        guard let now else {
            self.init(secret: secret, .failed, message: "nobody asks for this certificate any more")
            return
        }
        if let fingerprint = now.fingerprint, fingerprint != before.fingerprint {
            self.init(secret: secret, .issued)
            serialNumber = now.serialNumber
            notAfter = now.notAfter
            return
        }
        let isNewFailure = now.lastFailure.map { failure in before.lastFailure.map { failure > $0 } ?? true } ?? false
        if isNewFailure || (now.failures > before.failures) {
            self.init(secret: secret, .failed, message: now.lastError)
            return
        }
        guard now.state == .blocked || now.state == .foreign else { return nil }
        self.init(secret: secret, .failed, message: now.message ?? now.state.rawValue)
    }
}

/// All results of a command.
struct RenewalResults: Encodable {
    let items: [RenewalResult]
}

/// Results as text for people.
enum RenewalText {
    /// A line for each.
    static func table(_ results: [RenewalResult]) -> Table {
        var table = Table(columns: ["SECRET", "OUTCOME", "SERIAL", "NOT AFTER", "MESSAGE"])
        for result in results {
            let style: Terminal.Style = result.outcome == .issued ? .good : result.outcome == .started ? .notice : .alarm
            table.add([
                .init(result.secret), .init(result.outcome.rawValue, style), .init(result.serialNumber ?? "-"),
                .init(result.notAfter?.rfc3339 ?? "-"), .init(result.message ?? "-"),
            ])
        }
        return table
    }
}
