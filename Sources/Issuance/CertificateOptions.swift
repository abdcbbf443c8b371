internal import Core
public import PKI

/// What an Ingress says about a certificate beside its names and its issuer.
public struct CertificateOptions: Hashable, Sendable {
    /// `cert-manager.io/private-key-algorithm` and `-size`, or nil for the default.
    public var keyAlgorithm: KeyAlgorithm?
    /// `cert-manager.io/duration`. CA and self-signed issuers only: a public CA decides for itself.
    public var duration: Duration?
    /// `cert-manager.io/renew-before`.
    public var renewBefore: Duration?

    /// The key of a certificate whose Ingress does not say.
    public static let keyAlgorithmDefault = KeyAlgorithm.ecdsaP256

    /// Makes options; all absent by default.
    public init(keyAlgorithm: KeyAlgorithm? = nil, duration: Duration? = nil, renewBefore: Duration? = nil) {
        self.keyAlgorithm = keyAlgorithm
        self.duration = duration
        self.renewBefore = renewBefore
    }

    /// Reads the annotations of an Ingress.
    ///
    /// - Throws: ``BadConfig`` that names the annotation, what it says and what it may say.
    public init(annotations: [String: String]) throws(BadConfig) {
        keyAlgorithm = try Self.keyAlgorithm(in: annotations)
        duration = try Self.duration(
            in: annotations, ObjectKeys.durationAnnotation, min: IssuanceLimits.durationMin, max: IssuanceLimits.durationMax)
        renewBefore = try Self.duration(
            in: annotations, ObjectKeys.renewBeforeAnnotation, min: IssuanceLimits.renewBeforeMin, max: IssuanceLimits.durationMax)
    }

    private static func keyAlgorithm(in annotations: [String: String]) throws(BadConfig) -> KeyAlgorithm? {
        let name = annotations[ObjectKeys.keyAlgorithmAnnotation]
        let sizeText = annotations[ObjectKeys.keySizeAnnotation]
        guard name != nil || sizeText != nil else { return nil }
        let size = sizeText.flatMap { Int($0) }
        if let sizeText, size == nil {
            throw BadConfig("annotation \(ObjectKeys.keySizeAnnotation) is \"\(sizeText.prefix(32))\", not a number of bits")
        }
        // cert-manager's default algorithm is RSA; a size alone says which one was meant.
        let algorithm = name?.lowercased() ?? ((size ?? 0) >= 1024 ? "rsa" : "ecdsa")
        switch (algorithm, size) {
        case ("rsa", nil): return .rsa(bits: 2048)
        case ("rsa", 2048?), ("rsa", 3072?), ("rsa", 4096?), ("rsa", 8192?): return .rsa(bits: size ?? 2048)
        case ("ecdsa", nil), ("ecdsa", 256?): return .ecdsaP256
        case ("ecdsa", 384?): return .ecdsaP384
        case ("ed25519", _): return .ed25519
        case ("rsa", _): throw BadConfig("private key size \(size ?? 0) is not one of 2048, 3072, 4096 and 8192 for RSA")
        case ("ecdsa", _): throw BadConfig("private key size \(size ?? 0) is not one of 256 and 384 for ECDSA")
        default:
            throw BadConfig(
                "annotation \(ObjectKeys.keyAlgorithmAnnotation) is \"\((name ?? "").prefix(32))\", not one of RSA, ECDSA and Ed25519")
        }
    }

    private static func duration(
        in annotations: [String: String], _ key: String, min: Duration, max: Duration
    ) throws(BadConfig) -> Duration? {
        guard let text = annotations[key] else { return nil }
        guard let duration = GoDuration.parse(text) else {
            throw BadConfig("annotation \(key) is \"\(text.prefix(32))\", not a duration such as 2160h")
        }
        guard duration >= min, duration <= max else {
            throw BadConfig("annotation \(key) is \(text), outside \(Int(min.seconds))s...\(Int(max.seconds))s")
        }
        return duration
    }
}

/// Why an Ingress, or one of its `tls` entries, gets no certificate although it asks for one. cert-manager's event reason.
public struct BadConfig: Error, Hashable, Sendable, CustomStringConvertible {
    /// One sentence for an operator.
    public let message: String

    /// Makes a refusal. What is not printable in the sentence, which may quote an object, is replaced.
    public init(_ message: String) { self.message = ShownText.line(message, bytesMax: 1024) }

    /// The sentence.
    public var description: String { message }
}
