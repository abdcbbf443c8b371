internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import KubernetesAPI
public import Manifests

extension AlertReceiver {
    /// The only version of the document that there is.
    public static let apiVersion = "certctl.dev/v1alpha1"
    /// The document's kind.
    public static let kind = "AlertReceiver"

    /// Reads a document. Strict: an unknown field is an error, since a misspelt filter would silently not be one.
    ///
    /// - Throws: what is wrong, with file, line and field.
    public init(from document: Node) throws(ManifestError) {
        try document.requireFields(among: ["apiVersion", "kind", "metadata", "spec"])
        try document.requireVersion(Self.apiVersion)
        let metadata = try document.requiredMapping("metadata")
        name = try metadata.requiredString("name")
        guard ObjectName.isSubdomain(name) else { throw metadata.error(at: "name", "not a name: lower-case letters, digits, - and . only") }
        place = "\(document.file):\(document.line)"
        let spec = try document.requiredMapping("spec")
        try spec.requireFields(among: [
            "url", "urlSecretRef", "format", "minSeverity", "namespaces", "groupBy", "groupWait", "groupInterval", "repeatInterval",
            "sendResolved", "labels", "bearerTokenSecretRef", "basicAuth", "signingSecretRef", "caBundle", "publicAddressesOnly", "timeout",
        ])
        address = try Address(from: spec)
        format = try spec.word("format") ?? .alertmanager
        severityMin = try spec.word("minSeverity") ?? .warning
        namespaces = try spec["namespaces"] == nil ? nil : Set(spec.nonEmptyStrings("namespaces"))
        groupBy = try spec["groupBy"] == nil ? ["alertname"] : spec.groupLabels()
        // An Alertmanager puts alerts together itself, and wants to hear of those that go on.
        let isDirect = format == .alertmanagerAPI
        groupWait = try spec.duration("groupWait", from: .zero, to: .hours(1)) ?? (isDirect ? .zero : .seconds(30))
        groupInterval = try spec.duration("groupInterval", from: .seconds(10), to: .days(1)) ?? (isDirect ? .seconds(30) : .minutes(5))
        repeatInterval = try spec.duration("repeatInterval", from: .minutes(1), to: .days(30)) ?? (isDirect ? .minutes(5) : .hours(4))
        sendsResolved = try spec.bool("sendResolved") ?? true
        labels = try spec.receiverLabels()
        authorization = try Authorization(from: spec)
        signingKey = try spec.mapping("signingSecretRef").map { node throws(ManifestError) in try SecretEntry(from: node) }
        caBundle = try spec.caBundle()
        publicAddressesOnly = try spec.bool("publicAddressesOnly") ?? false
        timeout = try spec.duration("timeout", from: .seconds(1), to: .minutes(2)) ?? .seconds(10)
    }
}

extension AlertReceiver.SecretEntry {
    fileprivate init(from node: Node) throws(ManifestError) {
        try node.requireFields(among: ["name", "key"])
        name = try node.requiredString("name")
        guard ObjectName.isSubdomain(name) else { throw node.error(at: "name", "not the name of a Secret") }
        key = try node.requiredString("key")
    }
}

extension AlertReceiver.Address {
    fileprivate init(from spec: Node) throws(ManifestError) {
        switch (try spec.string("url"), try spec.mapping("urlSecretRef")) {
        case (nil, nil): throw spec.error(at: "url", "the field is missing, and so is urlSecretRef")
        case (.some, .some): throw spec.error(at: "urlSecretRef", "url is there as well; one of them is to go")
        case (nil, let reference?): self = .secret(try AlertReceiver.SecretEntry(from: reference))
        case (let url?, nil):
            if let complaint = ReceiverURL.complaint(about: url) { throw spec.error(at: "url", complaint) }
            self = .url(url)
        }
    }
}

extension AlertReceiver.Authorization {
    fileprivate init(from spec: Node) throws(ManifestError) {
        switch (try spec.mapping("bearerTokenSecretRef"), try spec.mapping("basicAuth")) {
        case (nil, nil): self = .none
        case (.some, .some): throw spec.error(at: "basicAuth", "bearerTokenSecretRef is there as well; one of them is to go")
        case (let token?, nil): self = .bearer(try AlertReceiver.SecretEntry(from: token))
        case (nil, let basic?):
            try basic.requireFields(among: ["username", "passwordSecretRef"])
            let username = try basic.requiredString("username")
            guard username.utf8.allSatisfy({ (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ":") }) else {
                throw basic.error(at: "username", "allowed are printable ASCII characters without a colon")
            }
            self = .basic(
                username: username, password: try AlertReceiver.SecretEntry(from: try basic.requiredMapping("passwordSecretRef")))
        }
    }
}

extension Node {
    /// A field without a value is more likely forgotten than meant.
    fileprivate func requireFields(among known: Set<String>) throws(ManifestError) {
        try allowOnly(known, nullAdvice: "leave it out")
    }

    fileprivate func duration(_ key: String, from least: Duration, to most: Duration) throws(ManifestError) -> Duration? {
        guard let text = try string(key) else { return nil }
        guard let duration = GoDuration.parse(text), duration >= least, duration <= most else {
            throw error(
                at: key, "got \"\(text.oneLine(bytesMax: 64))\", allowed are durations such as 5m, from \(least.goWords) to \(most.goWords)"
            )
        }
        return duration
    }

    fileprivate func nonEmptyStrings(_ key: String) throws(ManifestError) -> [String] {
        let texts = try strings(key)
        guard !texts.isEmpty else { throw error(at: key, "the list is empty; leave it out for no limit") }
        return texts
    }

    fileprivate func groupLabels() throws(ManifestError) -> [String] {
        var found: [String] = []
        for node in try sequence("groupBy") {
            let label = try node.string()
            guard AlertLabels.known.contains(label) else {
                throw node.error(
                    "got \"\(label.oneLine(bytesMax: 64))\", allowed are \(AlertLabels.known.sorted().joined(separator: ", "))")
            }
            guard !found.contains(label) else { throw node.error("\"\(label)\" is listed twice") }
            found.append(label)
        }
        return found
    }

    fileprivate func receiverLabels() throws(ManifestError) -> [String: String] {
        let labels = try stringMap("labels")
        for (name, value) in labels {
            let isName =
                name.utf8.enumerated().allSatisfy { index, byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
                    case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
                    default: false
                    }
                } && (1...64).contains(name.utf8.count)
            guard isName, !AlertLabels.known.contains(name) else {
                throw error(
                    at: "labels",
                    "the label \"\(name.oneLine(bytesMax: 64))\" cannot be used; allowed are letters, digits and _ in a name that certctl does not use"
                )
            }
            guard (1...256).contains(value.utf8.count) else {
                throw error(at: "labels", "the label \(name) has \(value.utf8.count) bytes, allowed are 1 to 256")
            }
        }
        guard labels.count <= 16 else { throw error(at: "labels", "there are \(labels.count) labels, the limit is 16") }
        return labels
    }

    /// PEM, or PEM in base64 as the issuers' `caBundle` has it.
    fileprivate func caBundle() throws(ManifestError) -> [UInt8]? {
        guard let text = try string("caBundle") else { return nil }
        let bytes = text.contains("-----BEGIN ") ? Array(text.utf8) : Data(base64Encoded: text).map { Array($0) }
        guard let bytes else { throw error(at: "caBundle", "neither PEM nor PEM in base64") }
        do throws(HTTPClientError) {
            // Whether it can be used is found now, not when there is something to tell.
            _ = try HTTPClient(HTTPClient.Configuration(caBundlePEM: bytes))
        } catch {
            throw self.error(at: "caBundle", "no PEM certificate that can be used")
        }
        return bytes
    }
}

extension Duration {
    fileprivate var goWords: String { self == .zero ? "0s" : self >= .hours(1) ? "\(Int(seconds) / 3600)h" : "\(Int(seconds))s" }
}
