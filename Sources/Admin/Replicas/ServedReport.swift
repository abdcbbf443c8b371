public import Certificates
public import Core
internal import FoundationEssentials
internal import PKI

/// What a process gives to visitors: what it answers at `/api/v1/served`. It names Secrets and says nothing of what is in them but the
/// fingerprint that every visitor sees.
public struct ServedReport: Codable, Sendable, Equatable {
    /// Who answers.
    public var replica: ReplicaIdentity
    /// Whether it serves any traffic.
    public var servesTraffic: Bool
    /// Whether it serves what the store said: false at the start and at the end.
    public var isReady: Bool
    /// By `namespace/name` of the Secret: the SHA-256 of the certificate, lower-case hex; ``placeholder``; or ``other``.
    public var served: [String: String]
    /// How many Secrets are left out, since there are more than ``ReplicaLimits/servedSecretsMax``.
    public var omitted: Int

    /// A self-signed placeholder.
    public static let placeholder = "placeholder"
    /// Certificates of other Secrets.
    public static let other = "other"
    /// Where it is asked for.
    public static let path = "/api/v1/served"

    /// Makes a report.
    ///
    /// - Parameter served: nil for a process that serves no traffic.
    public init(_ replica: ReplicaIdentity, isReady: Bool, served: [NamespacedName: ServedSecret]?) {
        self.replica = replica
        self.isReady = isReady
        servesTraffic = served != nil
        let all = served ?? [:]
        omitted = max(all.count - ReplicaLimits.servedSecretsMax, 0)
        // The same ones everywhere.
        let kept = omitted > 0 ? all.sorted { $0.key < $1.key }.prefix(ReplicaLimits.servedSecretsMax).map { $0 } : Array(all)
        self.served = Dictionary(uniqueKeysWithValues: kept.map { ($0.key.description, ServedReport.text(of: $0.value)) })
    }

    private static func text(of served: ServedSecret) -> String {
        switch served {
        case .certificate(let fingerprint): fingerprint
        case .placeholder: placeholder
        case .other: other
        }
    }

}

/// A report as it is sent, made once for all who ask.
public struct ServedPage: Sendable {
    /// What it says.
    public let report: ServedReport
    private let body: [UInt8]
    private let tag: String

    /// Writes it down.
    public init(_ report: ServedReport) {
        self.report = report
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings, numbers and truth values: nothing that JSON has no words for.
        body = (try? encoder.encode(report)).map(Array.init) ?? []
        tag = "\"" + hexadecimal(sha256(body).prefix(16)) + "\""
    }

    /// 200, or 304 when the asker has it already. RFC 9110 §13.1.2.
    public func answer(to request: AdminRequest) -> AdminResponse {
        if let known = request.ifNoneMatch, known == tag { return AdminResponse(status: 304, contentType: Self.type, body: [], etag: tag) }
        return AdminResponse(status: 200, contentType: Self.type, body: body, etag: tag)
    }

    private static let type = "application/json"
}
