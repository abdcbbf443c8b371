internal import Core
internal import KubernetesAPI
public import PKI

/// What an Ingress or a Certificate says about a certificate beside its names and its issuer.
public struct CertificateOptions: Hashable, Sendable {
    /// `cert-manager.io/private-key-algorithm` and `-size`, or nil for the default.
    public var keyAlgorithm: KeyAlgorithm?
    /// `cert-manager.io/duration`. CA and self-signed issuers only: a public CA decides for itself.
    public var duration: Duration?
    /// `cert-manager.io/renew-before`.
    public var renewBefore: Duration?
    /// `renewBeforePercentage` of a Certificate: ``renewBefore`` as a part of the lifetime, 1...99.
    public var renewBeforePercentage: Int?
    /// `commonName` of a Certificate. CA and self-signed issuers only: a public CA decides for itself.
    public var commonName: String?
    /// `certctl.dev/partial`: rather a certificate without a name that cannot be proved than none.
    public var allowsPartial = false

    /// The key of a certificate whose Ingress does not say.
    public static let keyAlgorithmDefault = KeyAlgorithm.ecdsaP256

    /// Makes options; all absent by default.
    public init(
        keyAlgorithm: KeyAlgorithm? = nil, duration: Duration? = nil, renewBefore: Duration? = nil, renewBeforePercentage: Int? = nil,
        commonName: String? = nil
    ) {
        self.keyAlgorithm = keyAlgorithm
        self.duration = duration
        self.renewBefore = renewBefore
        self.renewBeforePercentage = renewBeforePercentage
        self.commonName = commonName
    }

    /// How long before its end a certificate of this lifetime, in seconds, is renewed; nil for the default.
    func renewBefore(ofLifetime lifetime: Double) -> Duration? {
        renewBefore ?? renewBeforePercentage.map { .seconds(lifetime * Double($0) / 100) }
    }

    /// Reads the annotations of an Ingress.
    ///
    /// - Throws: ``BadConfig`` that names the annotation, what it says and what it may say.
    public init(annotations: [String: String]) throws(BadConfig) {
        let sizeText = annotations[ObjectKeys.keySizeAnnotation]
        let size = sizeText.flatMap { Int($0) }
        if let sizeText, size == nil {
            throw BadConfig("annotation \(ObjectKeys.keySizeAnnotation) is \"\(sizeText.prefix(32))\", not a number of bits")
        }
        let (duration, renewBefore) = (ObjectKeys.durationAnnotation, ObjectKeys.renewBeforeAnnotation)
        keyAlgorithm = try Self.keyAlgorithm(
            annotations[ObjectKeys.keyAlgorithmAnnotation], size, field: "annotation " + ObjectKeys.keyAlgorithmAnnotation)
        self.duration = try Self.duration(annotations[duration], field: "annotation " + duration, min: IssuanceLimits.durationMin)
        self.renewBefore = try Self.duration(
            annotations[renewBefore], field: "annotation " + renewBefore, min: IssuanceLimits.renewBeforeMin)
        allowsPartial = try Self.allowsPartial(annotations)
    }

    /// Reads `certctl.dev/partial`.
    static func allowsPartial(_ annotations: [String: String]) throws(BadConfig) -> Bool {
        switch annotations[ObjectKeys.partialAnnotation] {
        case nil, "false": return false
        case "true": return true
        case let text?:
            throw BadConfig("annotation \(ObjectKeys.partialAnnotation) is \"\(text.prefix(32))\", neither true nor false")
        }
    }

    private static func keyAlgorithm(_ name: String?, _ size: Int?, field: String) throws(BadConfig) -> KeyAlgorithm? {
        guard name != nil || size != nil else { return nil }
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
            throw BadConfig("\(field) is \"\((name ?? "").prefix(32))\", not one of RSA, ECDSA and Ed25519")
        }
    }

    private static func duration(_ text: String?, field: String, min: Duration) throws(BadConfig) -> Duration? {
        guard let text else { return nil }
        guard let duration = GoDuration.parse(text) else {
            throw BadConfig("\(field) is \"\(text.prefix(32))\", not a duration such as 2160h")
        }
        guard duration >= min, duration <= IssuanceLimits.durationMax else {
            throw BadConfig("\(field) is \(text), outside \(Int(min.seconds))s...\(Int(IssuanceLimits.durationMax.seconds))s")
        }
        return duration
    }
}

extension CertificateOptions {
    /// Reads `spec` of a Certificate.
    ///
    /// - Throws: ``BadConfig`` that names the field, what it says and what it may say.
    init(spec: CertificateSpec) throws(BadConfig) {
        let key = spec.privateKey
        self.init(
            keyAlgorithm: try Self.keyAlgorithm(key.algorithm, key.size, field: "spec.privateKey.algorithm"),
            duration: try Self.duration(spec.duration, field: "spec.duration", min: IssuanceLimits.durationMin),
            renewBefore: try Self.duration(spec.renewBefore, field: "spec.renewBefore", min: IssuanceLimits.renewBeforeMin),
            renewBeforePercentage: spec.renewBeforePercentage, commonName: spec.commonName)
        if let percentage = spec.renewBeforePercentage {
            guard spec.renewBefore == nil else { throw BadConfig("spec.renewBefore and spec.renewBeforePercentage are both set") }
            guard (1...99).contains(percentage) else {
                throw BadConfig("spec.renewBeforePercentage is \(percentage), outside 1...99")
            }
        }
        if let commonName = spec.commonName, commonName.utf8.count > IssuanceLimits.commonNameBytesMax {
            throw BadConfig("spec.commonName has \(commonName.utf8.count) bytes, limit \(IssuanceLimits.commonNameBytesMax)")
        }
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
