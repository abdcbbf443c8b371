internal import Core
internal import Dispatch
internal import KubernetesAPI
internal import PKI
internal import Synchronization

/// What a Secret's content says, judged on its own.
enum SecretReading: Sendable {
    case missing
    case unusable(reason: String)
    case pair(TLSKeyPair)

    /// The bytes that a reading depends on; equal content is not read twice.
    struct Content: Hashable, Sendable {
        let certificate: [UInt8]
        let privateKey: [UInt8]

        init(_ secret: Secret) {
            certificate = secret.data[Secret.certificateKey] ?? []
            privateKey = secret.data[Secret.privateKeyKey] ?? []
        }
    }

    /// Parses and checks; the costly step.
    init(_ content: Content) {
        if content.certificate.isEmpty || content.privateKey.isEmpty {
            let empty = [Secret.certificateKey, Secret.privateKeyKey].filter {
                $0 == Secret.certificateKey ? content.certificate.isEmpty : content.privateKey.isEmpty
            }
            self = .unusable(reason: "\(empty.joined(separator: " and ")) missing or empty")
            return
        }
        do {
            self = .pair(try TLSKeyPair(certificatePEM: content.certificate, privateKeyPEM: content.privateKey))
        } catch {
            self = .unusable(reason: "\(error)")
        }
    }

    /// Reads many, on every core if there are enough of them. Blocks the calling thread until all are done.
    static func read(_ contents: [Content]) -> [SecretReading] {
        guard contents.count >= CertificateLimits.parallelReadsMin else { return contents.map(SecretReading.init) }
        let batches = (contents.count + CertificateLimits.parallelReadsMin - 1) / CertificateLimits.parallelReadsMin
        let results = Mutex<[Int: [SecretReading]]>([:])
        DispatchQueue.concurrentPerform(iterations: batches) { batch in
            let start = batch * CertificateLimits.parallelReadsMin
            let end = min(start + CertificateLimits.parallelReadsMin, contents.count)
            let readings = contents[start..<end].map(SecretReading.init)
            results.withLock { $0[batch] = readings }
        }
        return results.withLock { done in (0..<batches).flatMap { done[$0] ?? [] } }
    }
}
