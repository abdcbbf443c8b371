internal import FoundationEssentials
public import Manifests

extension CertificateResource {
    /// Reads a Certificate.
    ///
    /// - Throws: the first field that is not what the API says. Names, durations and key settings are taken as written.
    public init(from root: Node) throws(ManifestError) {
        self.init(
            metadata: try ObjectMeta(fromRoot: root, isClusterScoped: false),
            spec: try CertificateSpec(from: try root.requiredMapping("spec")),
            // What others wrote there cannot make the wish itself invalid.
            status: (try? root.mapping("status").map { try CertificateStatus(from: $0) }) ?? CertificateStatus(),
            owningIngress: try CertificateResource.owningIngress(of: root))
    }

    private static func owningIngress(of root: Node) throws(ManifestError) -> String? {
        for owner in try root.mapping("metadata")?.mappings("ownerReferences") ?? [] {
            if try owner.bool("controller") == true, try owner.string("kind") == ObjectKind.ingress.rawValue {
                return try owner.string("name")
            }
        }
        return nil
    }
}

extension CertificateSpec {
    init(from node: Node) throws(ManifestError) {
        self.init(
            secretName: try node.requiredString("secretName"),
            dnsNames: try node.strings("dnsNames"),
            ipAddresses: try node.strings("ipAddresses"),
            commonName: try node.string("commonName").flatMap { $0.isEmpty ? nil : $0 },
            issuerRef: try IssuerReference(from: try node.requiredMapping("issuerRef")),
            duration: try node.string("duration"),
            renewBefore: try node.string("renewBefore"),
            renewBeforePercentage: try node.int("renewBeforePercentage"),
            privateKey: try node.mapping("privateKey").map { (node) throws(ManifestError) in try PrivateKey(from: node) } ?? PrivateKey(),
            usages: try node.strings("usages"),
            secretTemplate: try node.mapping("secretTemplate").map { (node) throws(ManifestError) in
                SecretTemplate(annotations: try node.stringMap("annotations"), labels: try node.stringMap("labels"))
            } ?? SecretTemplate(),
            unsupportedFields: try CertificateSpec.unsupportedFields(of: node))
        guard ObjectName.isSubdomain(secretName) else {
            throw node.error(at: "secretName", "not a name of lower-case letters, digits, - and . with at most 253 bytes (RFC 1123)")
        }
    }

    /// Lists and mappings that make another certificate, or other entries in the Secret, when they have content.
    private static let unsupportedContainers = [
        "additionalOutputFormats", "emailAddresses", "keystores", "nameConstraints", "otherNames", "subject", "uris",
    ]

    private static func unsupportedFields(of node: Node) throws(ManifestError) -> [String] {
        var fields = unsupportedContainers.filter { name in
            guard let value = node[name] else { return false }
            return !value.elements.isEmpty || !value.entries.isEmpty
        }
        if try node.bool("isCA") == true { fields.append("isCA") }
        if let subject = try node.string("literalSubject"), !subject.isEmpty { fields.append("literalSubject") }
        if let policy = try node.mapping("renewal")?.string("policy"), policy == "Disabled" { fields.append("renewal.policy") }
        if let windows = try node.mapping("renewal")?.sequence("windows"), !windows.isEmpty { fields.append("renewal.windows") }
        return fields.sorted()
    }
}

extension CertificateSpec.PrivateKey {
    init(from node: Node) throws(ManifestError) {
        self.init(
            algorithm: try node.string("algorithm"), size: try node.int("size"), encoding: try node.string("encoding"),
            rotationPolicy: try node.string("rotationPolicy"))
    }
}

extension CertificateStatus {
    init(from node: Node) throws(ManifestError) {
        self.init(
            conditions: try node.mappings("conditions").map { (node) throws(ManifestError) in try ObjectCondition(from: node) },
            lastFailureTime: try node.timestamp("lastFailureTime"),
            failedIssuanceAttempts: try node.int("failedIssuanceAttempts"),
            notBefore: try node.timestamp("notBefore"),
            notAfter: try node.timestamp("notAfter"),
            renewalTime: try node.timestamp("renewalTime"),
            revision: try node.int("revision"))
    }

    /// The status as a manifest has it.
    public func value() -> ManifestValue {
        var entries: [ManifestValue.Entry] = []
        if !conditions.isEmpty { entries.append(.init("conditions", .sequence(conditions.map { $0.value() }))) }
        if let failedIssuanceAttempts { entries.append(.init("failedIssuanceAttempts", .int(failedIssuanceAttempts))) }
        if let lastFailureTime { entries.append(.init("lastFailureTime", .time(lastFailureTime))) }
        if let notAfter { entries.append(.init("notAfter", .time(notAfter))) }
        if let notBefore { entries.append(.init("notBefore", .time(notBefore))) }
        if let renewalTime { entries.append(.init("renewalTime", .time(renewalTime))) }
        if let revision { entries.append(.init("revision", .int(revision))) }
        return .mapping(entries)
    }
}
