internal import Manifests

extension DNS01Solver {
    /// - Throws: the first field that is not what the API says. Credentials and addresses are taken as written.
    init(from node: Node) throws(ManifestError) {
        // Providers are mappings; a setting that cert-manager may get one day must not make the whole issuer unreadable.
        let members = node.entries.filter { member in
            switch member.value.kind {
            case .null: false
            case .mapping: true
            case .bool, .int, .float, .string, .sequence: DNS01Provider.known.contains(member.key.text)
            }
        }
        if members.count > 1 {
            throw node.error("only one provider can be set, got \(members.map(\.key.text).sorted().joined(separator: " and "))")
        }
        self.init(
            provider: try members.first.map { (member) throws(ManifestError) in
                try DNS01Provider(name: member.key.text, from: member.value)
            } ?? .unsupported(name: ""),
            cnameStrategy: try node.choice("cnameStrategy") ?? .none,
            nameservers: try node.strings("nameservers"))
    }
}

extension DNS01Provider {
    /// The providers that are not ``unsupported(name:)``.
    fileprivate static let known: Set = ["rfc2136", "acmeDNS", "cloudflare", "route53", "digitalocean", "httpreq", "exec"]

    init(name: String, from node: Node) throws(ManifestError) {
        guard node.kind == .mapping else { throw node.mismatch("a mapping") }
        switch name {
        case "rfc2136": self = .rfc2136(try RFC2136Provider(from: node))
        case "acmeDNS":
            self = .acmeDNS(
                ACMEDNSProvider(
                    host: try node.requiredString("host"), accountSecretRef: try node.requiredSecretKey("accountSecretRef")))
        case "cloudflare": self = .cloudflare(try CloudflareProvider(from: node))
        case "route53": self = .route53(try Route53Provider(from: node))
        case "digitalocean":
            self = .digitalOcean(DigitalOceanProvider(tokenSecretRef: try node.requiredSecretKey("tokenSecretRef")))
        case "httpreq": self = .httpRequest(try HTTPRequestProvider(from: node))
        case "exec": self = .exec(try ExecProvider(from: node))
        default: self = .unsupported(name: name)
        }
    }
}

extension RFC2136Provider {
    init(from node: Node) throws(ManifestError) {
        self.init(
            nameserver: try node.requiredString("nameserver"), tsig: try TSIG(from: node),
            transport: try node.choice("protocol") ?? .udp)
    }
}

extension RFC2136Provider.TSIG {
    /// The settings beside each other in the provider; nil when there are none.
    fileprivate init?(from node: Node) throws(ManifestError) {
        let keyName = try node.nonEmptyString("tsigKeyName")
        // cert-manager's client libraries write a reference without a name for none.
        let secret = try node.mapping("tsigSecretSecretRef").flatMap { (node) throws(ManifestError) in
            try node.nonEmptyString("name") == nil ? nil : try SecretKeySelector(from: node)
        }
        let algorithm = try node.nonEmptyString("tsigAlgorithm").map { (text) throws(ManifestError) in
            guard let algorithm = RFC2136Provider.TSIGAlgorithm(rawValue: text.uppercased()) else {
                throw node.error(at: "tsigAlgorithm", Node.notAmong(RFC2136Provider.TSIGAlgorithm.self))
            }
            return algorithm
        }
        switch (keyName, secret) {
        case (nil, nil): return nil
        case (nil, _?): throw node.error(at: "tsigKeyName", "the field is missing, as tsigSecretSecretRef is set")
        case (_?, nil): throw node.error(at: "tsigSecretSecretRef", "the field is missing, as tsigKeyName is set")
        case (let keyName?, let secret?): self.init(keyName: keyName, algorithm: algorithm ?? .hmacMD5, secretRef: secret)
        }
    }
}

extension CloudflareProvider {
    init(from node: Node) throws(ManifestError) {
        let email = try node.nonEmptyString("email")
        switch (try node.secretKey("apiTokenSecretRef"), try node.secretKey("apiKeySecretRef")) {
        case (nil, nil): throw node.error("apiTokenSecretRef, or email and apiKeySecretRef, are needed")
        case (_?, _?): throw node.error(at: "apiKeySecretRef", "cannot be set together with apiTokenSecretRef")
        case (let token?, nil): self.init(credential: .token(token))
        case (nil, let key?):
            guard let email else { throw node.error(at: "email", "the field is missing, as apiKeySecretRef is set") }
            self.init(credential: .key(email: email, key))
        }
    }
}

extension Route53Provider {
    init(from node: Node) throws(ManifestError) {
        let account = try node.mapping("auth")?.requiredMapping("kubernetes").requiredMapping("serviceAccountRef")
        self.init(
            accessKey: try AccessKey(from: node), role: try node.nonEmptyString("role"),
            serviceAccountName: try account?.requiredString("name"),
            audiences: try account.flatMap { (node) throws(ManifestError) in node["audiences"] == nil ? nil : try node.strings("audiences")
            },
            hostedZoneID: try node.nonEmptyString("hostedZoneID"),
            region: try node.nonEmptyString("region"))
    }
}

extension Route53Provider.AccessKey {
    /// The settings beside each other in the provider; nil when there are none.
    fileprivate init?(from node: Node) throws(ManifestError) {
        let text = try node.nonEmptyString("accessKeyID")
        let reference = try node.secretKey("accessKeyIDSecretRef")
        // The API has it as required, and client libraries write one without a name for none.
        let secret = try node.mapping("secretAccessKeySecretRef").flatMap { (node) throws(ManifestError) in
            try node.nonEmptyString("name") == nil ? nil : try SecretKeySelector(from: node)
        }
        let token = try node.secretKey("sessionTokenSecretRef")
        let id: Route53Provider.AccessKeyID?
        switch (text, reference) {
        case (nil, nil): id = nil
        case (_?, _?): throw node.error(at: "accessKeyIDSecretRef", "cannot be set together with accessKeyID")
        case (let text?, nil): id = .text(text)
        case (nil, let reference?): id = .secret(reference)
        }
        switch (id, secret) {
        case (nil, nil):
            if token != nil { throw node.error(at: "sessionTokenSecretRef", "needs accessKeyID and secretAccessKeySecretRef") }
            return nil
        case (nil, _?): throw node.error(at: "accessKeyID", "the field is missing, as secretAccessKeySecretRef is set")
        case (_?, nil): throw node.error(at: "secretAccessKeySecretRef", "the field is missing, as an access key is named")
        case (let id?, let secret?): self.init(id: id, secretRef: secret, sessionTokenRef: token)
        }
    }
}

extension HTTPRequestProvider {
    init(from node: Node) throws(ManifestError) {
        let username = try node.nonEmptyString("username")
        let password = try node.secretKey("passwordSecretRef")
        if username != nil, password == nil { throw node.error(at: "passwordSecretRef", "the field is missing, as username is set") }
        if username == nil, password != nil { throw node.error(at: "username", "the field is missing, as passwordSecretRef is set") }
        self.init(
            endpoint: try node.requiredString("endpoint"), mode: try node.choice("mode") ?? .record, username: username,
            passwordSecretRef: password)
    }
}

extension ExecProvider {
    /// The longest that one call may take.
    static let timeoutSecondsMax = 600

    init(from node: Node) throws(ManifestError) {
        let path = try node.requiredString("path")
        guard path.hasPrefix("/") else { throw node.error(at: "path", "not an absolute path") }
        let arguments = try node.strings("args")
        guard ([path] + arguments).allSatisfy({ !$0.utf8.contains(0) }) else { throw node.error("a NUL byte cannot be an argument") }
        let timeout = try node.int("timeoutSeconds") ?? 60
        guard (1...ExecProvider.timeoutSecondsMax).contains(timeout) else {
            throw node.error(at: "timeoutSeconds", "not between 1 and \(ExecProvider.timeoutSecondsMax)")
        }
        self.init(path: path, arguments: arguments, mode: try node.choice("mode") ?? .record, timeoutSeconds: timeout)
    }
}

extension SecretKeySelector {
    /// A reference whose key has no usual name.
    init(from node: Node) throws(ManifestError) {
        self.init(name: try node.requiredString("name"), key: try node.requiredString("key"))
    }
}

extension Node {
    /// A text field; nil when it is absent, null or empty, which Go's types do not tell apart.
    fileprivate func nonEmptyString(_ key: String) throws(ManifestError) -> String? {
        try string(key).flatMap { $0.isEmpty ? nil : $0 }
    }

    fileprivate func secretKey(_ key: String) throws(ManifestError) -> SecretKeySelector? {
        try mapping(key).map { (node) throws(ManifestError) in try SecretKeySelector(from: node) }
    }

    fileprivate func requiredSecretKey(_ key: String) throws(ManifestError) -> SecretKeySelector {
        try SecretKeySelector(from: try requiredMapping(key))
    }

    /// One of the values of an enumeration; nil when the field is absent, null or empty.
    fileprivate func choice<Value: RawRepresentable<String> & CaseIterable>(_ key: String) throws(ManifestError) -> Value? {
        guard let text = try nonEmptyString(key) else { return nil }
        guard let value = Value(rawValue: text) else { throw error(at: key, Node.notAmong(Value.self)) }
        return value
    }

    fileprivate static func notAmong<Value: RawRepresentable<String> & CaseIterable>(_ type: Value.Type) -> String {
        "must be \(type.allCases.map(\.rawValue).filter { !$0.isEmpty }.joined(separator: ", "))"
    }
}
