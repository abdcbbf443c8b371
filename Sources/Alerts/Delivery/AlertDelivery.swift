internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import KubernetesAPI
internal import PKI
internal import Store

/// Sends notifications to one receiver, one try at a time.
struct AlertDelivery: Sendable {
    /// What became of a try.
    enum Outcome: Hashable, Sendable {
        /// The receiver took it: 2xx.
        case delivered(status: Int)
        /// It did not, for this reason; perhaps it said when to come back.
        case failed(String, retryAfter: Duration?)
    }

    private struct Failure: Error {
        let words: String
    }

    let receiver: AlertReceiver
    private let client: HTTPClient
    private let store: any Store
    private let namespace: String

    init(_ receiver: AlertReceiver, store: any Store, namespace: String) throws(HTTPClientError) {
        self.receiver = receiver
        self.store = store
        self.namespace = namespace
        client = try HTTPClient(
            HTTPClient.Configuration(
                caBundlePEM: receiver.caBundle,
                timeouts: HTTPTimeouts(
                    connect: receiver.timeout, total: receiver.timeout, idle: receiver.timeout),
                requestsPerOriginMax: 2, publicAddressesOnly: receiver.publicAddressesOnly))
    }

    /// Tries once. Cancelling the task ends it.
    func send(_ notification: AlertNotification, now: Date) async -> Outcome {
        var secrets: [String] = []
        do {
            let body = try AlertPayload.bytes(of: notification, for: receiver, now: now)
            let request = try await request(body, now: now, secrets: &secrets)
            let response = try await client.send(request, bodyBytesMax: AlertLimits.answerBytesMax)
            return outcome(response, secrets)
        } catch let failure as Failure {
            return .failed(failure.words, retryAfter: nil)
        } catch {
            return .failed(AlertDelivery.redacted("\(error)", secrets), retryAfter: nil)
        }
    }

    func shutdown() async { await client.shutdown() }

    // MARK: Request

    private func request(_ body: [UInt8], now: Date, secrets: inout [String]) async throws -> HTTPRequest {
        let url = try await url(&secrets)
        var headers: HTTPFields = ["Content-Type": AlertPayload.contentType]
        switch receiver.authorization {
        case .none: break
        case .bearer(let entry):
            let token = try await text(entry)
            secrets.append(token)
            headers.append("Authorization", "Bearer \(token)")
        case .basic(let username, let entry):
            let password = try await text(entry)
            let credentials = Data("\(username):\(password)".utf8).base64EncodedString()
            secrets += [credentials, password]
            headers.append("Authorization", "Basic \(credentials)")
        }
        if let entry = receiver.signingKey {
            let key = SecretBytes(try await value(entry))
            headers.append(AlertSignature.header, try AlertSignature.value(body: body, key: key, at: now))
        }
        return HTTPRequest(method: "POST", url: url, headers: headers, body: .bytes(body), hasSecretPath: true)
    }

    private func url(_ secrets: inout [String]) async throws -> String {
        switch receiver.address {
        case .url(let url):
            return url
        case .secret(let entry):
            let url = try await text(entry)
            secrets += [url, String(url.dropFirst(ReceiverURL.origin(of: url).count))]
            if let complaint = ReceiverURL.complaint(about: url) {
                throw Failure(words: "Secret \(namespace)/\(entry.name), \(entry.key): \(complaint)")
            }
            return url
        }
    }

    /// An entry as one line of text; white space around it, such as the newline that an editor leaves, is not part of it.
    private func text(_ entry: AlertReceiver.SecretEntry) async throws -> String {
        let bytes = try await value(entry)
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        let start = bytes.drop(while: isSpace)
        let trimmed = start.prefix(start.count - start.reversed().prefix(while: isSpace).count)
        guard let text = String(validating: trimmed, as: UTF8.self), !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
            throw Failure(words: "Secret \(namespace)/\(entry.name), entry \(entry.key) is not one line of text")
        }
        return text
    }

    private func value(_ entry: AlertReceiver.SecretEntry) async throws -> [UInt8] {
        let name = NamespacedName(namespace: namespace, name: entry.name)
        guard let secret = try await store.secret(name) else { throw Failure(words: "Secret \(name) does not exist") }
        guard let value = secret.data[entry.key], !value.isEmpty else {
            throw Failure(words: "Secret \(name) has no entry \(entry.key), or an empty one")
        }
        guard value.count <= AlertLimits.secretBytesMax else {
            throw Failure(words: "Secret \(name), entry \(entry.key) has \(value.count) bytes, the limit is \(AlertLimits.secretBytesMax)")
        }
        return value
    }

    // MARK: Answer

    private func outcome(_ response: HTTPResponse, _ secrets: [String]) -> Outcome {
        switch response.status {
        case 200...299: return .delivered(status: response.status)
        case 300...399:
            // To another host the alert, its token and its signature must not go; to the same one a new URL is better than two requests.
            let target = response.headers.first("Location").map { " to \(ReceiverURL.origin(of: $0))" } ?? ""
            return .failed("answered \(response.status)\(target); redirects are not followed, name the right URL", retryAfter: nil)
        default:
            let words = String(decoding: response.body.prefix(200), as: UTF8.self).oneLine(bytesMax: 200)
            let text = words.isEmpty ? "answered \(response.status)" : "answered \(response.status): \(words)"
            let seconds = response.headers.first("Retry-After").flatMap { Int($0) }.map { min(max($0, 0), 86_400) }
            return .failed(AlertDelivery.redacted(text, secrets), retryAfter: seconds.map { .seconds($0) })
        }
    }

    private static func redacted(_ text: String, _ secrets: [String]) -> String {
        secrets.filter { $0.utf8.count > 1 }.reduce(text) { $0.replacing($1, with: "[redacted]") }
    }
}
