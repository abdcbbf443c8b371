internal import Core
internal import DNS
internal import KubernetesAPI

/// Records by DNS UPDATE at a primary name server. RFC 2136.
struct RFC2136: DNSProvider {
    private let update: DynamicUpdate
    private let server: Nameserver

    /// - Throws: `.configuration` when the name server or the key is not usable.
    init(_ settings: RFC2136Provider, _ context: DNSProviderContext, _ secrets: SecretReader) async throws(DNSProviderError) {
        do {
            server = try Nameserver(settings.nameserver)
        } catch {
            throw secrets.misconfigured("nameserver: \(error)")
        }
        var key: TSIGKey?
        if let tsig = settings.tsig {
            let bytes = try await secrets.bytes("tsigSecretSecretRef", tsig.secretRef)
            do {
                key = try TSIGKey(name: try DomainName(tsig.keyName), algorithm: RFC2136.algorithm(tsig.algorithm), secretBase64: bytes)
            } catch {
                throw secrets.misconfigured("tsigKeyName and tsigSecretSecretRef: \(error)")
            }
        }
        update = DynamicUpdate(
            nameserver: server, transport: settings.transport == .tcp ? .tcp : .udp, key: key, resolver: context.resolver)
    }

    func present(_ record: ChallengeRecord) async throws(DNSProviderError) {
        do {
            try await update.add(record.value, at: record.name, ttl: UInt32(DNSProvidersLimits.ttlSeconds))
        } catch {
            throw failure(error, record)
        }
    }

    func cleanUp(_ record: ChallengeRecord) async throws(DNSProviderError) {
        do {
            try await update.delete(record.value, at: record.name)
        } catch {
            if error.code == .noZone { return }
            throw failure(error, record)
        }
    }

    private func failure(_ error: DNSError, _ record: ChallengeRecord) -> DNSProviderError {
        let subject = "rfc2136, record \(record.name) at \(server)"
        switch error.code {
        case .cancelled: return DNSProviderError(.cancelled, subject)
        case .noZone: return DNSProviderError(.zoneNotFound("\(error)"), subject)
        case .refused(let code) where [.refused, .notAuthoritative, .notZone].contains(code):
            return DNSProviderError(.refused("\(error)"), subject)
        case .signature: return DNSProviderError(.refused("\(error)"), subject)
        default: return DNSProviderError(.dns("\(error)"), subject)
        }
    }

    private static func algorithm(_ algorithm: RFC2136Provider.TSIGAlgorithm) -> TSIGAlgorithm {
        switch algorithm {
        case .hmacMD5: .hmacMD5
        case .hmacSHA1: .hmacSHA1
        case .hmacSHA256: .hmacSHA256
        case .hmacSHA512: .hmacSHA512
        }
    }
}
