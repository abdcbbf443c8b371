internal import NIOCore
internal import NIOSSL
internal import PKI
internal import Policies

extension TLSPolicy {
    /// The configuration of a context that serves one key pair.
    ///
    /// - Throws: what BoringSSL says about the key or a certificate.
    func configuration(for keyPair: TLSKeyPair) throws -> TLSConfiguration {
        let chain = try keyPair.chainDER.map { NIOSSLCertificateSource.certificate(try NIOSSLCertificate(bytes: $0, format: .der)) }
        // BoringSSL takes an array; the copy lives for the length of this call.
        let key = try NIOSSLPrivateKey(bytes: keyPair.privateKeyPEM.copy(), format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = minVersion.configurationValue
        configuration.maximumTLSVersion = maxVersion.configurationValue
        // A policy without TLS 1.2 has no suites, and NIOSSL traps on an empty list; the default one then never comes to use.
        if !cipherSuites.isEmpty { configuration.cipherSuiteValues = cipherSuites.map { NIOTLSCipher(rawValue: $0.codePoint) } }
        configuration.curves = curves.map { NIOTLSCurve(rawValue: $0.codePoint) }
        configuration.applicationProtocols = applicationProtocols.map(\.rawValue)
        // The peer's close_notify is not worth waiting for: what it has not read by then it has lost interest in.
        configuration.shutdownTimeout = .seconds(1)
        return configuration
    }
}

extension TLSPolicy.Version {
    fileprivate var configurationValue: TLSVersion {
        switch self {
        case .tls12: .tlsv12
        case .tls13: .tlsv13
        }
    }
}
