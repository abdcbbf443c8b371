internal import Core
internal import DNS
internal import FoundationEssentials
internal import HTTPClient
internal import KubernetesAPI
internal import Logging
internal import Manifests

/// Records by an HTTP service of the operator's: lego's contract `httpreq`, `POST /present` and `POST /cleanup` with a JSON object.
struct HTTPRequestHook: DNSProvider {
    private let api: ProviderAPI
    private let presentURL: String
    private let cleanUpURL: String
    private let mode: RecordHandover
    private let authorization: SecretText?

    /// - Throws: `.configuration` when the URL or the Secret is not usable.
    init(_ settings: HTTPRequestProvider, _ context: DNSProviderContext, _ secrets: SecretReader) async throws(DNSProviderError) {
        presentURL = try OperatorURL.joined(settings.endpoint, "/present", field: "endpoint", secrets)
        cleanUpURL = try OperatorURL.joined(settings.endpoint, "/cleanup", field: "endpoint", secrets)
        mode = settings.mode
        guard let username = settings.username, let reference = settings.passwordSecretRef else {
            authorization = nil
            api = ProviderAPI(name: secrets.provider, context: context, secrets: [])
            return
        }
        guard !username.contains(":") else { throw secrets.misconfigured("username: a colon is not allowed (RFC 7617)") }
        let password = try await secrets.token("passwordSecretRef", reference)
        let pair = Data("\(username):\(password.text)".utf8).base64EncodedString()
        authorization = SecretText("Basic \(pair)")
        api = ProviderAPI(name: secrets.provider, context: context, secrets: [password, SecretText(pair)])
    }

    func present(_ record: ChallengeRecord) async throws(DNSProviderError) { try await post(record, to: presentURL) }

    func cleanUp(_ record: ChallengeRecord) async throws(DNSProviderError) { try await post(record, to: cleanUpURL) }

    private func post(_ record: ChallengeRecord, to url: String) async throws(DNSProviderError) {
        let subject = "record \(record.name)"
        var request = HTTPRequest(
            method: "POST", url: url, headers: ["Accept": "application/json", "Content-Type": "application/json"],
            body: .bytes(ManifestWriter.json(message(record))))
        if let authorization { request.headers.append("Authorization", authorization.text) }
        try await api.attempts { () async throws(DNSProviderError) in
            // Whoever writes an Issuer chooses whom we ask: what is said goes to the operator's log, not into a status for all to read.
            let answer = try await api.send(request, subject) { body in
                let words = api.shown(String(decoding: body.prefix(1024), as: UTF8.self))
                api.context.logger.info("an httpreq endpoint refuses", metadata: ["record": "\(record.name)", "answer": "\(words)"])
                return nil
            }
            if answer.isMissing { throw api.malformed(subject, "is 404: does the endpoint serve /present and /cleanup?") }
        }
    }

    private func message(_ record: ChallengeRecord) -> ManifestValue {
        switch mode {
        case .record: .mapping([.init("fqdn", .string("\(record.name).")), .init("value", .string(record.value))])
        case .raw:
            .mapping([
                .init("domain", .string(record.domain.ascii)), .init("token", .string(record.token)),
                .init("keyAuth", .string(record.keyAuthorization)),
            ])
        }
    }
}
