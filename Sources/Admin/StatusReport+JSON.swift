internal import FoundationEssentials
internal import Issuance

/// The form in which a report crosses the admin API: with the verdict, for whoever reads it without this program.
extension StatusReport: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, at, isRunning, verdict, certificates, replicas, problems, ignoredKinds
    }

    /// Reads a report. One of a version that knew no replicas has none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            version: try container.decode(String.self, forKey: .version), at: try container.decode(Date.self, forKey: .at),
            isRunning: try container.decode(Bool.self, forKey: .isRunning),
            certificates: try container.decode([CertificateFact].self, forKey: .certificates),
            replicas: try container.decodeIfPresent([ReplicaFact].self, forKey: .replicas) ?? [],
            problems: try container.decode([Problem].self, forKey: .problems),
            ignoredKinds: try container.decode([String: Int].self, forKey: .ignoredKinds))
    }

    /// Writes a report.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(version, forKey: .version)
        try container.encode(at, forKey: .at)
        try container.encode(isRunning, forKey: .isRunning)
        try container.encode(verdict, forKey: .verdict)
        try container.encode(certificates, forKey: .certificates)
        try container.encode(replicas, forKey: .replicas)
        try container.encode(problems, forKey: .problems)
        try container.encode(ignoredKinds, forKey: .ignoredKinds)
    }
}
