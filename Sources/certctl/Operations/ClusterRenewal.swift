internal import Core
internal import FoundationEssentials
internal import Issuance
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Manifests
internal import PKI

/// Renewals in a cluster, asked for on the Secrets themselves: whoever leads there honours each request once.
struct ClusterRenewal {
    private let client: APIClient

    /// How often a Secret is looked at. An order takes seconds, and the API server has other things to do.
    private static let period = Duration.seconds(1)

    init(_ configuration: ClusterConfiguration) {
        client = APIClient(configuration, logger: ProcessLog.commandLogger(.kubernetes))
    }

    func shutdown() async { await client.shutdown() }

    /// Asks for each, and waits for it if told to.
    func renew(_ secrets: [NamespacedName], until deadline: ContinuousClock.Instant?) async -> [RenewalResult] {
        var asked: [(secret: NamespacedName, result: RenewalResult, at: String)] = []
        for secret in secrets {
            let at = Date().rfc3339
            asked.append((secret, await ask(secret, at: at), at))
        }
        guard let deadline else { return asked.map(\.result) }
        var results: [RenewalResult] = []
        for (secret, result, at) in asked {
            results.append(result.outcome == .started ? await wait(for: secret, at, until: deadline) : result)
        }
        return results
    }

    private func ask(_ name: NamespacedName, at: String) async -> RenewalResult {
        do {
            let secret = try await read(name)
            guard SecretRole(of: secret) == .certificate else {
                return RenewalResult(secret: name.description, .refused, message: "it was not written by certctl")
            }
            let patch = ManifestValue.mapping([
                .init("metadata", .mapping([.init("annotations", .mapping([.init(RenewalAnnotation.asked, .string(at))]))]))
            ])
            _ = try await client.send(
                .mergePatch(.secrets, namespace: name.namespace, name: name.name, body: ManifestWriter.json(patch)))
            return RenewalResult(secret: name.description, .started)
        } catch {
            return RenewalResult(secret: name.description, .refused, message: "\(error)")
        }
    }

    private func wait(for name: NamespacedName, _ at: String, until deadline: ContinuousClock.Instant) async -> RenewalResult {
        while true {
            do {
                let secret = try await read(name)
                if secret.metadata.annotations[RenewalAnnotation.answered] == at {
                    var result = RenewalResult(secret: name.description, .issued)
                    let leaf = try secret.data[Secret.certificateKey].flatMap { try CertificateChain.parse(pem: $0).first }
                    result.serialNumber = leaf?.serialNumber
                    result.notAfter = leaf?.notAfter
                    return result
                }
                guard ContinuousClock.now < deadline else {
                    return RenewalResult(
                        secret: name.description, .unfinished,
                        message: "nobody has answered the request yet; the Events of its Ingress say why, and whoever leads goes on")
                }
                try await Task.sleep(for: ClusterRenewal.period)
            } catch {
                return RenewalResult(secret: name.description, .failed, message: "\(error)")
            }
        }
    }

    private func read(_ name: NamespacedName) async throws -> Secret {
        let response = try await client.send(.get(.secrets, namespace: name.namespace, name: name.name))
        guard let document = ManifestReader.documents(in: response.body, file: "Secret \(name)").first else {
            throw CommandFailure("Secret \(name) has no content")
        }
        return try Secret(from: try document.get())
    }
}
