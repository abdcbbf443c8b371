public import Core
internal import FoundationEssentials
public import PKI

/// A CA of the `openssl` command line with an index, so that it can revoke: `openssl ca -gencrl` and `openssl ocsp` know what it did.
public final class RevocationCA: Sendable {
    /// A run of openssl failed.
    public struct Failure: Error, CustomStringConvertible {
        /// What it said.
        public let description: String
    }

    /// Where its responders are, for whoever asks none that is not public.
    public static let networks = [IPNetwork("127.0.0.0/8")].compactMap(\.self)

    /// Where everything is.
    public let folder: TemporaryFolder
    /// The CA's own certificate.
    public let certificate: Certificate

    /// Makes the CA.
    ///
    /// - Parameters:
    ///   - key: what `-newkey` takes.
    ///   - usage: its key usage.
    public init(
        name: String = "Revocation CA", key: [String] = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
        usage: String = "keyCertSign, cRLSign"
    ) async throws {
        let folder = try TemporaryFolder("revocation-ca")
        self.folder = folder
        try folder.write("", to: "index.txt")
        for counter in ["serial", "crlnumber"] { try folder.write("1000\n", to: counter) }
        try folder.write(Self.configuration(folder.path, usage: usage), to: "ca.cnf")
        try await Self.run(
            ["req", "-x509", "-newkey"] + key + ["-nodes", "-days", "3650", "-subj", "/CN=\(name)", "-extensions", "authority"]
                + ["-config", "ca.cnf", "-keyout", "ca.key", "-out", "ca.pem"], in: folder)
        certificate = try Self.certificate("ca.pem", in: folder)
    }

    /// Issues a certificate for a host.
    ///
    /// - Parameters:
    ///   - responders: URLs of OCSP responders that it names.
    ///   - lists: URLs of revocation lists that it names.
    ///   - more: lines of an extension section.
    public func issue(
        _ name: String, responders: [String] = [], lists: [String] = [], more: [String] = []
    ) async throws -> Certificate {
        var lines = ["basicConstraints = CA:FALSE", "subjectAltName = DNS:\(name)"] + more
        if !responders.isEmpty { lines.append("authorityInfoAccess = " + responders.map { "OCSP;URI:\($0)" }.joined(separator: ",")) }
        if !lists.isEmpty { lines.append("crlDistributionPoints = " + lists.map { "URI:\($0)" }.joined(separator: ",")) }
        try folder.write("[leaf]\n" + lines.joined(separator: "\n") + "\n", to: "\(name).ext")
        try await run(
            ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "ca.cnf", "-subj", "/CN=\(name)"]
                + ["-keyout", "\(name).key", "-out", "\(name).csr"])
        try await run(
            ["ca", "-batch", "-config", "ca.cnf", "-notext", "-extfile", "\(name).ext", "-extensions", "leaf"]
                + ["-in", "\(name).csr", "-out", "\(name).pem"])
        return try Self.certificate("\(name).pem", in: folder)
    }

    /// Revokes a certificate.
    ///
    /// - Parameter reason: as `-crl_reason` takes it.
    public func revoke(_ name: String, reason: String = "keyCompromise") async throws {
        try await run(["ca", "-config", "ca.cnf", "-revoke", "\(name).pem", "-crl_reason", reason])
    }

    /// The list of what is revoked, in DER, for seven days.
    ///
    /// - Parameter extensions: lines of an extension section.
    public func list(_ extensions: [String] = []) async throws -> [UInt8] {
        try folder.write(
            Self.configuration(folder.path, usage: "") + "[list]\nauthorityKeyIdentifier = keyid\n"
                + extensions.joined(separator: "\n") + "\n", to: "list.cnf")
        try await run(["ca", "-config", "list.cnf", "-gencrl", "-crlexts", "list", "-out", "list.pem"])
        try await run(["crl", "-in", "list.pem", "-outform", "DER", "-out", "list.der"])
        return try bytes("list.der")
    }

    /// What `openssl ocsp` answers to a request.
    ///
    /// - Parameters:
    ///   - signer: the name of the certificate that it signs with: `ca`, or one that was issued.
    ///   - options: more options.
    public func respond(to request: [UInt8], signer: String = "ca", _ options: [String] = ["-ndays", "2"]) async throws -> [UInt8] {
        try Data(request).write(to: URL(filePath: folder.path + "/request.der"))
        try await run(
            ["ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner", "\(signer).pem", "-rkey", "\(signer).key"]
                + ["-reqin", "request.der", "-respout", "response.der"] + options)
        return try bytes("response.der")
    }

    /// Starts `openssl ocsp` as a server on 127.0.0.1 that answers by the index as of now.
    ///
    /// - Parameter port: nil for any that is free.
    public func startResponder(port: Int? = nil) async throws -> (url: String, process: ChildProcess) {
        let port = try port ?? FreePort.one()
        let process = try ChildProcess(
            ["openssl", "ocsp", "-index", folder.path + "/index.txt", "-CA", folder.path + "/ca.pem", "-rsigner", folder.path + "/ca.pem"]
                + ["-rkey", folder.path + "/ca.key", "-port", String(port), "-ndays", "2"],
            log: folder.path + "/responder-\(UInt64.random(in: 0...UInt64.max)).log")
        guard await eventually(within: .seconds(20), { process.output.contains("waiting for OCSP client connections") }) else {
            throw Failure(description: "the responder does not start: \(process.output)")
        }
        return ("http://127.0.0.1:\(port)/", process)
    }

    private func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: folder.path + "/" + name))) }

    private func run(_ arguments: [String]) async throws { try await Self.run(arguments, in: folder) }

    private static func run(_ arguments: [String], in folder: TemporaryFolder) async throws {
        let words = ["env", "-C", folder.path, "openssl"] + arguments
        let (status, output) = try await ChildProcess.run(words, in: folder)
        guard status == 0 else { throw Failure(description: "openssl \(arguments.joined(separator: " ")): \(output)") }
    }

    private static func certificate(_ name: String, in folder: TemporaryFolder) throws -> Certificate {
        guard let certificate = try CertificateChain.parse(pem: Array(folder.read(name).utf8)).first else {
            throw Failure(description: "\(name) has no certificate")
        }
        return certificate
    }

    private static func configuration(_ folder: String, usage: String) -> String {
        """
        [ca]
        default_ca = authority_settings
        [authority_settings]
        database = \(folder)/index.txt
        new_certs_dir = \(folder)
        serial = \(folder)/serial
        crlnumber = \(folder)/crlnumber
        certificate = \(folder)/ca.pem
        private_key = \(folder)/ca.key
        default_md = sha256
        default_days = 30
        default_crl_days = 7
        unique_subject = no
        policy = any
        [any]
        commonName = optional
        [req]
        prompt = no
        distinguished_name = name
        [name]
        CN = nobody
        [authority]
        basicConstraints = critical, CA:TRUE
        subjectKeyIdentifier = hash
        keyUsage = critical, \(usage)

        """
    }
}
