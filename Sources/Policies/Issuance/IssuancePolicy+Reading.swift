internal import Core
public import Manifests

extension IssuancePolicy {
    /// The only version of the document that there is.
    public static let apiVersion = "certctl.dev/v1alpha1"
    /// The document's kind.
    public static let kind = "IssuancePolicy"

    /// Reads a document. Strict: a field that is unknown, without a value or against another is an error, since a limit that is misspelt
    /// would silently be none.
    ///
    /// - Throws: what is wrong, with file, line and field.
    public init(from document: Node) throws(ManifestError) {
        try document.requireFields(among: ["apiVersion", "kind", "metadata", "spec"])
        try document.requireVersion(IssuancePolicy.apiVersion)
        let metadata = try document.requiredMapping("metadata")
        try metadata.requireFields(among: ["name", "labels", "annotations"])
        let spec = try document.requiredMapping("spec")
        try spec.requireFields(among: ["selector", "allowed", "denied", "default"])
        var denials: [Denial] = []
        for entry in try spec.boundedMappings("denied") { denials.append(try Denial(from: entry)) }
        self.init(
            name: try metadata.requiredString("name"), source: "\(document.file):\(document.line)",
            selector: try spec.mapping("selector").map { (node) throws(ManifestError) in try Selector(from: node) } ?? Selector(),
            allowed: try spec.mapping("allowed").map { (node) throws(ManifestError) in try Allowed(from: node) },
            denials: denials, deniesByDefault: try spec.choice("default", ["allow", "deny"]) == "deny")
        guard allowed != nil || !denials.isEmpty || deniesByDefault else {
            throw spec.error("the policy says nothing: it has neither allowed nor denied nor default: deny")
        }
    }
}

extension IssuancePolicy.Selector {
    init(from node: Node) throws(ManifestError) {
        try node.requireFields(among: ["namespaces", "namespaceSelector", "issuers"])
        namespaces = try node.nonEmptyList("namespaces") { (element) throws(ManifestError) in TextPattern(try element.nonEmptyString()) }
        namespaceLabels = try node.mapping("namespaceSelector").map { (node) throws(ManifestError) in try LabelSelector(from: node) }
        issuers = try node.nonEmptyList("issuers") { (element) throws(ManifestError) in
            guard element.kind == .mapping else { throw element.mismatch("a mapping") }
            try element.requireFields(among: ["kind", "name"])
            return IssuerPattern(
                kind: try element.choice("kind", ["Issuer", "ClusterIssuer"]),
                name: try element["name"].map { (name) throws(ManifestError) in TextPattern(try name.nonEmptyString()) })
        }
    }
}

extension LabelSelector {
    init(from node: Node) throws(ManifestError) {
        try node.requireFields(among: ["matchLabels", "matchExpressions"])
        var requirements: [Requirement] = []
        for (key, value) in try node.stringMap("matchLabels").sorted(by: { $0.key < $1.key }) {
            requirements.append(Requirement(key: key, operator: .isIn, values: [value]))
        }
        for entry in try node.boundedMappings("matchExpressions") { requirements.append(try Requirement(from: entry)) }
        guard !requirements.isEmpty else { throw node.error("the selector is empty; leave it out to select every namespace") }
        self.init(requirements)
    }
}

extension LabelSelector.Requirement {
    init(from node: Node) throws(ManifestError) {
        try node.requireFields(among: ["key", "operator", "values"])
        let text = try node.requiredString("operator")
        guard let `operator` = Operator(rawValue: text) else {
            throw node.error(at: "operator", "got \"\(text)\", allowed are \(Operator.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let values = try node.strings("values")
        let wantsValues = `operator` == .isIn || `operator` == .notIn
        guard wantsValues == !values.isEmpty else {
            throw node.error(at: "values", wantsValues ? "\(text) needs at least one value" : "\(text) takes no values")
        }
        self.init(key: try node.requiredString("key"), operator: `operator`, values: values)
    }
}

extension IssuancePolicy.Allowed {
    init(from node: Node) throws(ManifestError) {
        try node.requireFields(
            among: ["dnsNames", "ipAddresses", "wildcards", "commonNames", "privateKeys", "lifetime", "profiles", "maxNames"])
        dnsNames = try node.dnsNamePatterns("dnsNames")
        ipAddresses = try node.addressRanges("ipAddresses")
        wildcards = try node.bool("wildcards") ?? false
        commonNames = try node.list("commonNames") { (element) throws(ManifestError) in TextPattern(try element.nonEmptyString()) } ?? []
        privateKeys = try node.nonEmptyList("privateKeys") { (element) throws(ManifestError) in try KeyRange(from: element) }
        if let lifetime = try node.mapping("lifetime") {
            try lifetime.requireFields(among: ["min", "max"])
            lifetimeMin = try lifetime.duration("min")
            lifetimeMax = try lifetime.duration("max")
            if let least = lifetimeMin, let most = lifetimeMax, least > most { throw lifetime.error(at: "min", "min is above max") }
        }
        profiles = try node.nonEmptyList("profiles") { (element) throws(ManifestError) in try element.string() }
        namesMax = try node.int("maxNames")
        if let namesMax, namesMax < 1 { throw node.error(at: "maxNames", "got \(namesMax), allowed is 1 and more") }
    }
}

extension IssuancePolicy.Allowed.KeyRange {
    init(from node: Node) throws(ManifestError) {
        guard node.kind == .mapping else { throw node.mismatch("a mapping") }
        try node.requireFields(among: ["algorithm", "minSize", "maxSize"])
        let text = try node.requiredString("algorithm")
        guard let algorithm = CertificateIntent.Key.Algorithm(rawValue: text) else {
            let known = CertificateIntent.Key.Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw node.error(at: "algorithm", "got \"\(text)\", allowed are \(known)")
        }
        let least = try node.int("minSize")
        let most = try node.int("maxSize")
        if algorithm == .ed25519, least != nil || most != nil { throw node.error("Ed25519 keys have one size") }
        guard least ?? 0 >= 0, least ?? 0 <= most ?? .max else { throw node.error(at: "minSize", "minSize is negative or above maxSize") }
        self.init(algorithm: algorithm, bits: (least ?? 0)...(most ?? .max))
    }
}

extension IssuancePolicy.Denial {
    init(from node: Node) throws(ManifestError) {
        try node.requireFields(among: ["dnsNames", "ipAddresses", "wildcards", "reason"])
        let reason = try node.requiredString("reason")
        guard reason.utf8.count <= PolicyLimits.reasonBytesMax else {
            throw node.error(at: "reason", "the reason has \(reason.utf8.count) bytes, the limit is \(PolicyLimits.reasonBytesMax)")
        }
        self.init(reason: reason.oneLine(bytesMax: PolicyLimits.reasonBytesMax))
        dnsNames = try node.dnsNamePatterns("dnsNames")
        ipAddresses = try node.addressRanges("ipAddresses")
        wildcards = try node.bool("wildcards") ?? false
        guard !dnsNames.isEmpty || !ipAddresses.isEmpty || wildcards else {
            throw node.error("the denial denies nothing: it has neither dnsNames nor ipAddresses nor wildcards: true")
        }
    }
}
