extension PrivateKey {
    /// Reads the first private key in a PEM text: PKCS#8 (`PRIVATE KEY`), SEC1 (`EC PRIVATE KEY`) or PKCS#1 (`RSA PRIVATE KEY`).
    /// Blocks of other kinds around it, such as `EC PARAMETERS` and certificates, are passed over.
    ///
    /// - Throws: a ``PKIError`` that names what is wrong: too large, not PEM, encrypted, an unsupported type, curve or size, damaged,
    ///   or contradicting itself (the public half is computed from the private one and compared, not believed).
    public convenience init(pem text: [UInt8]) throws(PKIError) { try self.init(pem: text.span) }

    /// Reads the first private key in a PEM text. See ``init(pem:)-([UInt8])``.
    public convenience init(pem text: Span<UInt8>) throws(PKIError) { try self.init(KeyBlock(pem: text)) }

    /// Reads the first private key in a PEM text. See ``init(pem:)-([UInt8])``.
    public convenience init(pem text: SecretBytes) throws(PKIError) {
        try self.init(text.withBytes { text throws(PKIError) in try KeyBlock(pem: text) })
    }

    /// Reads the key in a decoded PEM block.
    convenience init(_ block: KeyBlock) throws(PKIError) {
        OpenSSL.begin()
        defer { OpenSSL.end() }
        self.init(try block.der.withBytes { der throws(PKIError) in try block.kind.read(der) })
    }
}
