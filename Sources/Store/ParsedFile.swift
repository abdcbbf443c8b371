internal import KubernetesAPI
internal import Manifests

/// What reading one file gave.
enum FileContent: Sendable {
    /// There is no such file any more.
    case removed
    /// The file cannot be read; what was known of it stays in force.
    case unreadable(String)
    /// The parts of the text.
    case parsed([ParsedPart])
}

/// Tells whether a part of a file is the one that it was. Within one process only.
struct PartFingerprint: Hashable, Sendable {
    let hash: Int
    let byteCount: Int

    init(_ bytes: ArraySlice<UInt8>) {
        var hasher = Hasher()
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        hash = hasher.finalize()
        byteCount = bytes.count
    }
}

/// What one part of a file came out as. Documents and lines are counted from 1 at the start of the part.
struct ParsedPart: Sendable {
    enum Content: Sendable {
        /// The part with this index in the file's previous reading, byte for byte.
        case unchanged(Int)
        /// A part that is new or different.
        case parsed(Documents)
    }

    struct Placed: Sendable {
        let object: KubernetesObject
        let document: Int
        let line: Int
    }

    struct Refusal: Sendable {
        let error: ManifestError
        let key: ObjectKey?
    }

    struct Documents: Sendable {
        var count = 0
        var objects: [Placed] = []
        var refusals: [Refusal] = []
        var ignored: [String] = []
        /// The text is broken from here on.
        var syntaxError: ManifestError?
    }

    let fingerprint: PartFingerprint
    /// The line within the file of the part's first line, from 1.
    let line: Int
    let content: Content
}

extension ParsedPart {
    /// Parses a part unless it is one of the previous ones. Pure; any thread.
    static func parse(
        _ part: ManifestPart, of bytes: [UInt8], source: SourceID, ignoring: Set<ObjectKind>, previous: [PartFingerprint: Int]
    ) -> ParsedPart {
        let fingerprint = PartFingerprint(bytes[part.range])
        if let index = previous[fingerprint] { return ParsedPart(fingerprint: fingerprint, line: part.line, content: .unchanged(index)) }
        let read = ManifestReader.documents(
            in: part, of: bytes, format: .init(fileName: source.path), file: source.shown, firstLine: 1, firstNumber: 1)
        var documents = Documents()
        documents.count = read.documentCount
        for result in read.documents {
            switch result {
            case .failure(let error): documents.syntaxError = error
            case .success(let root):
                DecodedDocument.decode(root, ignoring: ignoring) { documents.add($0, document: root.documentNumber) }
            }
        }
        if source.origin == .state { documents.stamp(version: ContentVersion.of(bytes), source: source) }
        return ParsedPart(fingerprint: fingerprint, line: part.line, content: .parsed(documents))
    }
}

extension ParsedPart.Documents {
    fileprivate mutating func add(_ decoded: DecodedDocument, document: Int) {
        switch decoded {
        case .object(let object, let line): objects.append(ParsedPart.Placed(object: object, document: document, line: line))
        case .ignored(let kind): ignored.append(kind)
        case .refused(let error, let key):
            // Those with a name keep objects in force; of those without one, one would do.
            guard key != nil || refusals.count < StoreLimits.problemsMax else { return }
            refusals.append(ParsedPart.Refusal(error: error, key: key))
        }
    }

    /// Gives objects of the state folder their version, and refuses one that does not stand where its name says.
    fileprivate mutating func stamp(version: String, source: SourceID) {
        var kept: [ParsedPart.Placed] = []
        for placed in objects {
            guard let object = placed.object.withResourceVersion(version), StatePath.of(placed.object.key) == source.path else {
                let error = ManifestError(
                    file: source.shown, document: placed.document, line: placed.line, column: 1, field: "metadata",
                    message: "\(placed.object.key) does not belong into this file of the state folder")
                refusals.append(ParsedPart.Refusal(error: error, key: nil))
                continue
            }
            kept.append(ParsedPart.Placed(object: object, document: placed.document, line: placed.line))
        }
        objects = kept
    }
}

extension KubernetesObject {
    /// The object with a version; nil for kinds that the state folder does not hold.
    fileprivate func withResourceVersion(_ version: String) -> KubernetesObject? {
        switch self {
        case .secret(var secret):
            secret.metadata.resourceVersion = version
            return .secret(secret)
        case .configMap(var configMap):
            configMap.metadata.resourceVersion = version
            return .configMap(configMap)
        case .ingress, .ingressClass, .service, .endpointSlice, .namespace, .issuer, .certificate: return nil
        }
    }
}
