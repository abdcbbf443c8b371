public import Manifests

/// `status` of an Issuer or ClusterIssuer, as far as certctl writes it, and who else writes it.
public struct IssuerStatus: Hashable, Sendable {
    /// `Ready` and whatever others write, in document order.
    public var conditions: [ObjectCondition]
    /// `acme.uri`: the account's URL. RFC 8555 §7.3.
    public var accountURL: String?
    /// `acme.lastRegisteredEmail`: the contact that the account was last registered with.
    public var lastRegisteredEmail: String?
    /// The field managers that wrote to the status (`metadata.managedFields`), sorted; all that is kept of those.
    public var managers: [String]

    /// Makes a status from its parts.
    public init(
        conditions: [ObjectCondition] = [], accountURL: String? = nil, lastRegisteredEmail: String? = nil, managers: [String] = []
    ) {
        self.conditions = conditions
        self.accountURL = accountURL
        self.lastRegisteredEmail = lastRegisteredEmail
        self.managers = managers
    }

    /// The condition of a type, if there is one.
    public func condition(_ type: String) -> ObjectCondition? { conditions.first { $0.type == type } }
}

extension IssuerStatus {
    /// Reads the status of an issuer. What cannot be read is as good as absent: others wrote it.
    init(ofObject root: Node) {
        self.init(managers: IssuerStatus.managers(of: root))
        guard let status = try? root.mapping("status") else { return }
        conditions = ((try? status.mappings("conditions")) ?? []).compactMap { try? ObjectCondition(from: $0) }
        let acme = try? status.mapping("acme")
        accountURL = try? acme?.string("uri")
        lastRegisteredEmail = try? acme?.string("lastRegisteredEmail")
    }

    private static func managers(of root: Node) -> [String] {
        let fields = (try? root.mapping("metadata")?.mappings("managedFields")) ?? []
        let managers = fields.compactMap { field in
            (try? field.string("subresource")) == "status" ? try? field.string("manager") : nil
        }
        return Set(managers).sorted()
    }

    /// The status as a manifest has it.
    public func value() -> ManifestValue {
        var entries: [ManifestValue.Entry] = []
        var acme: [ManifestValue.Entry] = []
        if let lastRegisteredEmail { acme.append(.init("lastRegisteredEmail", .string(lastRegisteredEmail))) }
        if let accountURL { acme.append(.init("uri", .string(accountURL))) }
        if !acme.isEmpty { entries.append(.init("acme", .mapping(acme))) }
        if !conditions.isEmpty { entries.append(.init("conditions", .sequence(conditions.map { $0.value() }))) }
        return .mapping(entries)
    }
}
