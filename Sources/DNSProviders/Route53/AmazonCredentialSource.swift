internal import Core
internal import FoundationEssentials
internal import KubernetesAPI

/// Where the credentials of a Route 53 solver come from, in cert-manager's order: a token of a ServiceAccount for a role; else an access key
/// from Secrets, or of the environment where that is permitted, and with it a role if one is named.
struct AmazonCredentialSource {
    let settings: Route53Provider
    let context: DNSProviderContext
    let secrets: SecretReader
    let permission: SolverPermission
    let region: String?

    /// Finds them; temporary ones are kept until shortly before their end.
    func credentials() async throws(DNSProviderError) -> AmazonCredentials {
        if let account = settings.serviceAccountName { return try await ofServiceAccount(account) }
        let base = if let key = settings.accessKey { try await read(key) } else { try await ambient() }
        guard let role = try checkedRole(settings.role, "role") else { return base }
        return try await temporary(["role", role, base.fingerprint]) { () async throws(DNSProviderError) in
            try await service(hiding: base.secrets).assume(role, with: base)
        }
    }

    private func read(_ key: Route53Provider.AccessKey) async throws(DNSProviderError) -> AmazonCredentials {
        let id: String
        switch key.id {
        case .text(let text): id = text
        case .secret(let reference): id = try await secrets.token("accessKeyIDSecretRef", reference).text
        }
        guard ProviderAPI.isIdentifier(id) else { throw secrets.misconfigured("accessKeyID: not an access key identifier") }
        let secret = try await secrets.token("secretAccessKeySecretRef", key.secretRef)
        var token: SecretText?
        if let reference = key.sessionTokenRef { token = try await secrets.token("sessionTokenSecretRef", reference) }
        return AmazonCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token)
    }

    private func ambient() async throws(DNSProviderError) -> AmazonCredentials {
        guard permission.usesAmbientCredentials else {
            throw secrets.misconfigured(
                "accessKeyID and secretAccessKeySecretRef are missing, and credentials of the environment are for ClusterIssuers only"
                    + " (--issuer-ambient-credentials allows them to Issuers)")
        }
        if let key = context.amazon.accessKey {
            guard ProviderAPI.isIdentifier(key.accessKeyID), key.secrets.allSatisfy({ Self.isToken($0.text) }) else {
                throw secrets.misconfigured(
                    "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_SESSION_TOKEN is not one line of printable ASCII")
            }
            return key
        }
        if let identity = context.amazon.webIdentity, let role = try checkedRole(identity.role, "AWS_ROLE_ARN") {
            return try await temporary(["file", role, identity.tokenFile]) { () async throws(DNSProviderError) in
                let token = try token(inFile: identity.tokenFile)
                return try await service(hiding: [token]).assume(role, webIdentity: token)
            }
        }
        throw secrets.misconfigured(
            "accessKeyID and secretAccessKeySecretRef are missing, and the environment has neither AWS_ACCESS_KEY_ID and"
                + " AWS_SECRET_ACCESS_KEY nor AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE; nothing else is looked at")
    }

    private func ofServiceAccount(_ account: String) async throws(DNSProviderError) -> AmazonCredentials {
        let field = "auth.kubernetes.serviceAccountRef \(ProviderAPI.quoted(account))"
        guard let role = try checkedRole(settings.role, "role") else { throw secrets.misconfigured("\(field): role is missing") }
        guard let tokens = context.serviceAccountTokens else {
            throw secrets.misconfigured("\(field): only a cluster has tokens of ServiceAccounts")
        }
        let audiences = settings.audiences.flatMap { $0.isEmpty ? nil : $0 } ?? ["sts.amazonaws.com"]
        let namespace = permission.namespace
        return try await temporary(["account", role, namespace, account] + audiences) { () async throws(DNSProviderError) in
            let bytes: [UInt8]
            do {
                bytes = try await tokens(namespace, account, audiences)
            } catch {
                throw secrets.misconfigured("\(field): \("\(error)".oneLine(bytesMax: DNSProvidersLimits.wordsBytesMax))")
            }
            guard let token = Self.token(bytes) else { throw secrets.misconfigured("\(field): the cluster's token is not usable") }
            return try await service(hiding: [token]).assume(role, webIdentity: token)
        }
    }

    private func temporary(
        _ key: [String], _ make: () async throws(DNSProviderError) -> AmazonCredentials
    ) async throws(DNSProviderError) -> AmazonCredentials {
        let key = key + [region ?? ""]
        if let known = await context.temporaryCredentials.credentials(key, at: context.time.now()) { return known }
        let made = try await make()
        await context.temporaryCredentials.keep(made, as: key, at: context.time.now())
        return made
    }

    private func service(hiding hidden: [SecretText]) -> SecurityTokenService {
        SecurityTokenService(
            api: ProviderAPI(name: secrets.provider, context: context, secrets: hidden), region: region ?? context.amazon.region,
            endpoint: context.endpoints.securityTokens)
    }

    /// `arn:aws:iam::123456789012:role/dns`, checked as far as it goes into a request.
    private func checkedRole(_ role: String?, _ field: String) throws(DNSProviderError) -> String? {
        guard let role else { return nil }
        guard role.hasPrefix("arn:"), role.utf8.count <= DNSProvidersLimits.roleBytesMax, Self.isToken(role) else {
            throw secrets.misconfigured("\(field) \(ProviderAPI.quoted(role)): not the ARN of a role")
        }
        return role
    }

    /// Read anew each time: the kubelet replaces it before it ends.
    private func token(inFile path: String) throws(DNSProviderError) -> SecretText {
        guard let file = try? Data(contentsOf: URL(filePath: path)) else {
            throw secrets.misconfigured("AWS_WEB_IDENTITY_TOKEN_FILE \(ProviderAPI.quoted(path)) cannot be read")
        }
        guard let token = Self.token(Array(file)) else {
            throw secrets.misconfigured("AWS_WEB_IDENTITY_TOKEN_FILE \(ProviderAPI.quoted(path)) holds no token")
        }
        return token
    }

    private static func token(_ bytes: [UInt8]) -> SecretText? {
        let text = String(decoding: bytes, as: UTF8.self)
        let trimmed = String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
        return trimmed.utf8.count <= DNSProvidersLimits.tokenBytesMax && isToken(trimmed) ? SecretText(trimmed) : nil
    }

    private static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}
