internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import PKI

/// The two calls of Amazon's Security Token Service that make temporary credentials for a role, API version 2011-06-15.
/// docs.aws.amazon.com/STS/latest/APIReference
struct SecurityTokenService {
    let api: ProviderAPI
    /// Nil for the global endpoint.
    let region: String?
    /// In place of Amazon's; for tests.
    let endpoint: String?

    /// By an access key that may assume the role.
    func assume(_ role: String, with base: AmazonCredentials) async throws(DNSProviderError) -> AmazonCredentials {
        let signer = RequestSigner(
            accessKeyID: base.accessKeyID, secretAccessKey: base.secretAccessKey, sessionToken: base.sessionToken,
            region: region ?? AmazonPartition(region: nil).signingRegion, service: "sts")
        return try await call("AssumeRole", role, [], signer)
    }

    /// By a token that the role trusts the issuer of; nothing is signed.
    func assume(_ role: String, webIdentity token: SecretText) async throws(DNSProviderError) -> AmazonCredentials {
        try await call("AssumeRoleWithWebIdentity", role, [(name: "WebIdentityToken", value: token.text)], nil)
    }

    private func call(
        _ action: String, _ role: String, _ more: [(name: String, value: String)], _ signer: RequestSigner?
    ) async throws(DNSProviderError) -> AmazonCredentials {
        let subject = "\(action) of \(ProviderAPI.quoted(role))"
        let form = [("Action", action), ("Version", "2011-06-15"), ("RoleArn", role), ("RoleSessionName", "certctl")] + more
        let body = Array(RequestSigner.query(form.map { (name: $0.0, value: $0.1) }).utf8)
        let root = try await api.attempts { () async throws(DNSProviderError) in try await answer(body, signer, subject) }
        guard root.name == action + "Response", let found = root[action + "Result"]?["Credentials"] else {
            throw api.malformed(subject, "has no credentials")
        }
        return try read(found, subject)
    }

    private func answer(_ body: [UInt8], _ signer: RequestSigner?, _ subject: String) async throws(DNSProviderError) -> XMLElement {
        let url = endpoint ?? "https://\(SecurityTokenService.host(region))"
        let parts = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        let host = parts.count == 3 ? String(parts[2]) : ""
        let type = "application/x-www-form-urlencoded; charset=utf-8"
        var fields = HTTPFields()
        if let signer {
            let signed = RequestSigner.Subject(
                method: "POST", host: host, path: "/", query: [], body: body, fields: [("content-type", type)])
            do { fields = try signer.fields(for: signed, at: api.context.time.now()) } catch {
                throw DNSProviderError(.configuration("requests cannot be signed: \(error)"), api.name)
            }
        }
        fields.append("Host", host)
        fields.append("Content-Type", type)
        let response = try await api.exchange(HTTPRequest(method: "POST", url: url + "/", headers: fields, body: .bytes(body)), subject)
        let root = try? XMLElement.parse(response.body)
        guard (200...299).contains(response.status) else { throw failure(response, root, subject) }
        guard let root else { throw api.malformed(subject, "is not XML") }
        return root
    }

    private func failure(_ response: HTTPResponse, _ root: XMLElement?, _ subject: String) -> DNSProviderError {
        guard let error = root?["Error"], let code = error.text("Code") else { return api.error(subject, response, nil) }
        let words = "\(error.text("Message") ?? "") (\(code))"
        // Sent with status 400.
        if ["Throttling", "ThrottlingException", "RequestLimitExceeded", "IDPCommunicationError"].contains(code) {
            return DNSProviderError(
                .unavailable("the API answered \(response.status): \(api.shown(words))", retryAfter: nil), api.subject(subject))
        }
        return api.error(subject, response, words)
    }

    private func read(_ found: XMLElement, _ subject: String) throws(DNSProviderError) -> AmazonCredentials {
        func text(_ name: String) -> String { found.text(name) ?? "" }
        let printable: (String) -> Bool = { text in
            !text.isEmpty && text.utf8.count <= DNSProvidersLimits.tokenBytesMax && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        }
        guard ProviderAPI.isIdentifier(text("AccessKeyId")), printable(text("SecretAccessKey")), printable(text("SessionToken")) else {
            throw api.malformed(subject, "has credentials that cannot be used")
        }
        // Some write fractions of a second.
        let moment = text("Expiration")
        let whole = moment.prefix { $0 != "." } + (moment.contains(".") ? "Z" : "")
        guard let expires = try? Date(String(whole), strategy: .iso8601) else {
            throw api.malformed(subject, "does not say when its credentials end")
        }
        guard expires > api.context.time.now() else { throw api.malformed(subject, "has credentials that have ended already") }
        return AmazonCredentials(
            accessKeyID: text("AccessKeyId"), secretAccessKey: SecretText(text("SecretAccessKey")),
            sessionToken: SecretText(text("SessionToken")), expires: expires)
    }

    /// docs.aws.amazon.com/general/latest/gr/sts.html
    static func host(_ region: String?) -> String {
        guard let region else { return "sts.amazonaws.com" }
        return "sts.\(region).amazonaws.com" + (region.hasPrefix("cn-") ? ".cn" : "")
    }
}
