internal import Core
internal import DNS
internal import HTTPClient
internal import KubernetesAPI
internal import Manifests

/// Records at an acme-dns server, which has one name for each account; a CNAME at `_acme-challenge.<name>` leads to it.
///
/// The server keeps the two newest values of a name and offers no removal, so that nothing is cleaned up.
struct ACMEDNS: DNSProvider {
    private struct Account: Sendable {
        let username: SecretText
        let password: SecretText
        let subdomain: String
    }

    private let api: ProviderAPI
    private let url: String
    private let accounts: [String: Account]
    private let secretName: String

    /// - Throws: `.configuration` when the URL or the accounts are not usable.
    init(_ settings: ACMEDNSProvider, _ context: DNSProviderContext, _ secrets: SecretReader) async throws(DNSProviderError) {
        url = try OperatorURL.joined(settings.host, "/update", field: "host", secrets)
        let bytes = try await secrets.bytes("accountSecretRef", settings.accountSecretRef)
        let reference = settings.accountSecretRef
        let malformed = { (words: String) in
            secrets.misconfigured("accountSecretRef: the entry \(reference.key) of Secret \(reference.name) \(words)")
        }
        guard let node = ManifestReader.object(json: bytes) else {
            throw malformed("is not a JSON object from names to accounts")
        }
        let entries = node.entries
        guard entries.count <= DNSProvidersLimits.accountsMax else {
            throw malformed("has \(entries.count) accounts, at most \(DNSProvidersLimits.accountsMax) are read")
        }
        var accounts: [String: Account] = [:]
        for entry in entries {
            let name = entry.key.text.lowercased()
            guard let username = entry.value.text("username"), let password = entry.value.text("password"),
                let subdomain = entry.value.text("subdomain"), ProviderAPI.isIdentifier(subdomain)
            else { throw malformed("has no username, password and subdomain for \(ProviderAPI.quoted(name))") }
            accounts[name] = Account(username: SecretText(username), password: SecretText(password), subdomain: subdomain)
        }
        self.accounts = accounts
        secretName = reference.name
        api = ProviderAPI(
            name: secrets.provider, context: context, secrets: accounts.values.flatMap { [$0.username, $0.password] })
    }

    func present(_ record: ChallengeRecord) async throws(DNSProviderError) {
        let subject = "record for \(record.domain)"
        guard let account = accounts[record.domain.ascii] else {
            throw DNSProviderError(
                .configuration("Secret \(secretName) has no account for \(record.domain)"), api.subject(subject))
        }
        let body = ManifestWriter.json(
            .mapping([.init("subdomain", .string(account.subdomain)), .init("txt", .string(record.value))]))
        let request = HTTPRequest(
            method: "POST", url: url,
            headers: [
                "Accept": "application/json", "Content-Type": "application/json", "X-Api-User": account.username.text,
                "X-Api-Key": account.password.text,
            ], body: .bytes(body))
        try await api.attempts { () async throws(DNSProviderError) in
            let answer = try await api.send(request, subject) { ManifestReader.object(json: $0)?.text("error") }
            if answer.isMissing { throw api.malformed(subject, "is 404: is the host an acme-dns server?") }
            guard try api.object(answer.body, subject).text("txt") == record.value else {
                throw api.malformed(subject, "does not repeat the value")
            }
        }
    }

    func cleanUp(_ record: ChallengeRecord) async throws(DNSProviderError) {}
}
