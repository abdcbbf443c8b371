internal import Core
public import Manifests

extension CALimitsDocument {
    /// The only version of the document that there is.
    public static let apiVersion = "certctl.dev/v1alpha1"
    /// The document's kind.
    public static let kind = "CALimits"

    /// Reads a document. Strict: an unknown field is an error, since a misspelt limit would silently not be one.
    ///
    /// - Throws: what is wrong, with file, line and field.
    public init(from document: Node) throws(ManifestError) {
        try document.requireVersion(CALimitsDocument.apiVersion)
        try document.allowOnly(["apiVersion", "kind", "metadata", "spec"])
        let name = try document.requiredMapping("metadata").requiredString("name")
        let spec = try document.requiredMapping("spec")
        try spec.allowOnly(["servers", "limits"])
        let servers = try spec.strings("servers")
        guard !servers.isEmpty else { throw spec.error(at: "servers", "the list is empty, so the limits would apply to nobody") }
        for (server, node) in zip(servers, try spec.sequence("servers")) where !server.hasPrefix("https://") {
            throw node.error("got \"\(server)\", allowed is the https:// URL of an ACME directory")
        }
        var limits: [CALimit] = []
        for node in try spec.mappings("limits") {
            let limit = try CALimit(from: node)
            guard !limits.contains(where: { $0.name == limit.name }) else {
                throw node.error(at: "name", "\"\(limit.name)\" is listed twice")
            }
            limits.append(limit)
        }
        self.init(name: name, servers: servers, limits: limits)
    }
}

extension CALimit {
    /// Reads an element of `spec.limits`.
    init(from node: Node) throws(ManifestError) {
        try node.allowOnly(["name", "counts", "per", "count", "window", "exempt", "resetBySuccess"])
        let name = try node.requiredString("name")
        guard !name.isEmpty else { throw node.error(at: "name", "the name is empty") }
        let counts: Event = try node.requiredWord("counts")
        let scope: Scope = try node.requiredWord("per")
        guard scope.suits(counts) else {
            throw node.error(at: "per", "got \"\(scope.rawValue)\", allowed for \(counts.rawValue) are \(Scope.list(for: counts))")
        }
        let count = try node.requiredInt("count")
        guard (1...CALimitsLimits.countMax).contains(count) else {
            throw node.error(at: "count", "got \(count), allowed is 1...\(CALimitsLimits.countMax)")
        }
        let text = try node.requiredString("window")
        guard let window = CALimit.window(text) else {
            throw node.error(
                at: "window",
                "got \"\(text)\", allowed is a number with s, m, h or d such as 36s or 7d, up to \(CALimitsLimits.windowDaysMax)d")
        }
        let isResetBySuccess = try node.bool("resetBySuccess") ?? false
        guard counts == .failedValidations || !isResetBySuccess else {
            throw node.error(at: "resetBySuccess", "only a limit that counts failedValidations can be reset")
        }
        self.init(
            name: name, counts: counts, scope: scope, count: count, window: window, exemptions: try node.words("exempt"),
            isResetBySuccess: isResetBySuccess)
    }

    private static func window(_ text: String) -> Duration? {
        let units: [Character: Int] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let digits = text.dropLast()
        guard let unit = text.last.flatMap({ units[$0] }), digits.utf8.count <= 9, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int(digits), number > 0, number * unit <= CALimitsLimits.windowDaysMax * 86_400
        else { return nil }
        return .seconds(number * unit)
    }
}

extension CALimit.Scope {
    /// Whether an event can be told apart by it.
    fileprivate func suits(_ event: CALimit.Event) -> Bool {
        switch (event, self) {
        case (.accounts, .address): true
        case (.accounts, .account), (.accounts, .registeredDomain), (.accounts, .exactSet), (.accounts, .accountAndHost): false
        case (.failedValidations, .accountAndHost), (.failedValidations, .account): true
        case (.failedValidations, .registeredDomain), (.failedValidations, .exactSet), (.failedValidations, .address): false
        case (.orders, .address), (.certificates, .address): false
        case (.orders, _), (.certificates, _): true
        }
    }

    fileprivate static func list(for event: CALimit.Event) -> String {
        allCases.filter { $0.suits(event) }.map(\.rawValue).joined(separator: ", ")
    }
}

extension Node {
    fileprivate func requiredInt(_ key: String) throws(ManifestError) -> Int {
        guard let number = try int(key) else { throw error(at: key, "the field is missing") }
        return number
    }

    fileprivate func words<Word: RawRepresentable & CaseIterable & Hashable>(_ key: String) throws(ManifestError) -> Set<Word>
    where Word.RawValue == String {
        var words: Set<Word> = []
        for element in try sequence(key) { words.insert(try element.word()) }
        return words
    }
}
