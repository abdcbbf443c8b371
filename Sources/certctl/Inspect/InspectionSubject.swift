internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
internal import KubernetesClient
internal import Manifests
internal import PKI
internal import Store

/// A chain of certificates and where it came from.
struct InspectionSubject {
    /// What is known beside the certificates.
    enum Source {
        case server(TLSProbe.Answer)
        case file(String)
        case secret(NamespacedName)
    }

    let source: Source
    /// As shown or stored, leaf first if the order is right. Never empty.
    let chain: [Certificate]
    /// The name that the leaf has to cover; nil when there is none to check.
    let host: String?
    /// The private key beside the chain, when there is one.
    let keyPEM: [UInt8]?
}

// MARK: Getting it

extension InspectionSubject {
    /// A Secret in the folders.
    static func stored(_ name: NamespacedName, host: String?, in folders: FolderOptions) async throws -> InspectionSubject {
        guard let secret = try await folders.snapshot(ignoring: []).objects.secrets[name] else {
            throw CommandFailure("there is no Secret \(name) in \(folders.described)")
        }
        return try InspectionSubject(secret, host: host)
    }

    /// A Secret in a cluster; it takes the right to get it.
    static func stored(_ name: NamespacedName, host: String?, in cluster: ClusterAccessOptions) async throws -> InspectionSubject {
        let client = try cluster.client()
        let response: APIResponse
        do {
            response = try await client.send(.get(.secrets, namespace: name.namespace, name: name.name))
        } catch {
            await client.shutdown()
            throw CommandFailure("Secret \(name) cannot be read: \(error)")
        }
        await client.shutdown()
        guard let document = ManifestReader.documents(in: response.body, file: "Secret \(name)").first else {
            throw CommandFailure("Secret \(name) has no content")
        }
        return try InspectionSubject(try Secret(from: try document.get()), host: host)
    }

    private init(_ secret: Secret, host: String?) throws {
        let name = secret.metadata.id
        guard let chain = secret.data[Secret.certificateKey] else { throw CommandFailure("Secret \(name) has no tls.crt") }
        self.init(
            source: .secret(name), chain: try InspectionSubject.certificates(chain, "Secret \(name)"), host: host,
            keyPEM: secret.data[Secret.privateKeyKey])
    }

    /// A file: one or more certificates in PEM, or one in DER.
    static func file(_ path: String, host: String?) throws -> InspectionSubject {
        let bytes = try FileContent.bytes(of: path, bytesMax: PKILimits.chainBytesMax)
        let isDER = bytes.first == 0x30
        let chain =
            isDER ? try readable("file \(path)") { () throws(PKIError) in [try Certificate(der: bytes)] } : try certificates(bytes, path)
        return InspectionSubject(source: .file(path), chain: chain, host: host, keyPEM: nil)
    }

    /// What a server shows.
    ///
    /// - Parameter host: the name to ask for and to check.
    static func served(by address: ListenAddress, host: String) async throws -> InspectionSubject {
        let answer: TLSProbe.Answer
        do {
            answer = try await TLSProbe(host: address.host, port: address.port, serverName: (try? DNSName(parsing: host))?.ascii).ask()
        } catch {
            throw CommandFailure("\(address): \(error)")
        }
        let chain = try readable("\(address) showed a certificate that") { () throws(PKIError) in
            try answer.chain.map { der throws(PKIError) in try Certificate(der: der) }
        }
        guard !chain.isEmpty else { throw CommandFailure("\(address) showed no certificate") }
        return InspectionSubject(source: .server(answer), chain: chain, host: host, keyPEM: nil)
    }

    private static func certificates(_ pem: [UInt8], _ subject: String) throws -> [Certificate] {
        let chain = try readable(subject) { () throws(PKIError) in try CertificateChain.parse(pem: pem) }
        guard !chain.isEmpty else { throw CommandFailure("\(subject) holds no certificate in PEM") }
        return chain
    }

    private static func readable(_ subject: String, _ read: () throws(PKIError) -> [Certificate]) throws(CommandFailure) -> [Certificate] {
        do { return try read() } catch { throw CommandFailure("\(subject) cannot be read: \(error)") }
    }
}
