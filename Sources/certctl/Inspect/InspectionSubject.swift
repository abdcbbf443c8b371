internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
internal import Logging
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

    /// Gets what the command line names.
    static func find(_ target: String, serverName: String?, folders: FolderOptions) async throws -> InspectionSubject {
        if target.hasPrefix("secret/") {
            return try await secret(target.dropFirst("secret/".count), host: serverName, folders)
        }
        if FileManager.default.fileExists(atPath: target) {
            let bytes = try FileContent.bytes(of: target, bytesMax: PKILimits.chainBytesMax)
            return InspectionSubject(source: .file(target), chain: try certificates(bytes, target), host: serverName, keyPEM: nil)
        }
        return try await server(target, serverName: serverName)
    }

    private static func secret(_ text: Substring, host: String?, _ folders: FolderOptions) async throws -> InspectionSubject {
        guard let name = NamespacedName(text) else {
            throw ValidationError("\"secret/\(text)\" does not name a Secret; it takes secret/NAMESPACE/NAME")
        }
        let objects = try await folders.snapshot(ignoring: []).objects
        guard let secret = objects.secrets[name] else { throw CommandFailure("there is no Secret \(name) in \(folders.described)") }
        guard let chain = secret.data["tls.crt"] else { throw CommandFailure("Secret \(name) has no tls.crt") }
        return InspectionSubject(
            source: .secret(name), chain: try certificates(chain, "Secret \(name)"), host: host, keyPEM: secret.data["tls.key"])
    }

    private static func server(_ target: String, serverName: String?) async throws -> InspectionSubject {
        let address = ListenAddress(target) ?? ListenAddress(host: target.trimmingBrackets, port: 443)
        let name = serverName ?? address.host
        let dnsName = try? DNSName(parsing: name)
        do {
            let answer = try await TLSProbe(host: address.host, port: address.port, serverName: dnsName?.ascii).ask()
            let chain = try answer.chain.map { der throws(PKIError) in try Certificate(der: der) }
            guard !chain.isEmpty else { throw CommandFailure("\(address) showed no certificate") }
            return InspectionSubject(source: .server(answer), chain: chain, host: name, keyPEM: nil)
        } catch let error as PKIError {
            throw CommandFailure("\(address) showed a certificate that cannot be read: \(error)")
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw CommandFailure("\(address) (no file of that name either): \(error)")
        }
    }

    private static func certificates(_ pem: [UInt8], _ subject: String) throws -> [Certificate] {
        do {
            let chain = try CertificateChain.parse(pem: pem)
            guard !chain.isEmpty else { throw CommandFailure("\(subject) holds no certificate in PEM") }
            return chain
        } catch let error as PKIError {
            throw CommandFailure("\(subject): \(error)")
        }
    }
}

extension String {
    fileprivate var trimmingBrackets: String {
        hasPrefix("[") && hasSuffix("]") ? String(dropFirst().dropLast()) : self
    }
}
