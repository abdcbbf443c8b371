internal import Core
internal import Manifests

/// A Lease as JSON. An update replaces the whole object, so what is not ours goes back as it came.
struct LeaseDocument: Hashable, Sendable {
    private let metadata: [ManifestValue.Entry]
    /// Fields of `spec` that are not in ``LeaseRecord``.
    private let foreignSpec: [ManifestValue.Entry]

    /// Reads an answer of the API server.
    ///
    /// - Throws: ``APIError`` with `badResponse` when it is no Lease; nothing in it can trap.
    static func read(_ body: [UInt8], subject: String) throws(APIError) -> StoredLease {
        guard let root = ManifestReader.documents(in: body, file: "lease.json").first else {
            throw APIError(code: .badResponse, message: "the answer is empty", subject: subject)
        }
        do throws(ManifestError) {
            return try lease(root.get())
        } catch {
            throw APIError(code: .badResponse, message: "the answer is no Lease: \(error.message)", subject: subject)
        }
    }

    private static func lease(_ root: Node) throws(ManifestError) -> StoredLease {
        let metadata = try root.requiredMapping("metadata")
        let version = try metadata.requiredString("resourceVersion")
        let spec = try root.mapping("spec")
        let record = LeaseRecord(
            holderIdentity: try spec?.string("holderIdentity") ?? "", leaseDurationSeconds: try spec?.int("leaseDurationSeconds"),
            acquireTime: try spec?.string("acquireTime"), renewTime: try spec?.string("renewTime"),
            leaseTransitions: try spec?.int("leaseTransitions") ?? 0)
        return StoredLease(
            record: record, resourceVersion: version,
            document: LeaseDocument(
                metadata: metadata.entries(except: ["managedFields", "resourceVersion"]),
                foreignSpec: spec?.entries(except: ownFields) ?? []))
    }

    private static let ownFields: Set<String> = [
        "holderIdentity", "leaseDurationSeconds", "acquireTime", "renewTime", "leaseTransitions",
    ]

    /// A new Lease.
    static func create(_ record: LeaseRecord, name: NamespacedName) -> [UInt8] {
        let document = LeaseDocument(
            metadata: [.init("name", .string(name.name)), .init("namespace", .string(name.namespace))], foreignSpec: [])
        return document.bytes(record, version: nil)
    }

    /// The Lease with another record, bound to a version.
    func update(_ record: LeaseRecord, version: String) -> [UInt8] { bytes(record, version: version) }

    private func bytes(_ record: LeaseRecord, version: String?) -> [UInt8] {
        var spec = foreignSpec
        spec.append(.init("holderIdentity", .string(record.holderIdentity)))
        if let seconds = record.leaseDurationSeconds { spec.append(.init("leaseDurationSeconds", .int(seconds))) }
        if let time = record.acquireTime { spec.append(.init("acquireTime", .string(time))) }
        if let time = record.renewTime { spec.append(.init("renewTime", .string(time))) }
        spec.append(.init("leaseTransitions", .int(record.leaseTransitions)))
        let versionEntry = version.map { [ManifestValue.Entry("resourceVersion", .string($0))] } ?? []
        return ManifestWriter.json(
            .mapping([
                .init("apiVersion", .string(APIResource.leases.apiVersion)), .init("kind", .string("Lease")),
                .init("metadata", .mapping(metadata + versionEntry)), .init("spec", .mapping(spec)),
            ]))
    }
}

extension Node {
    fileprivate func entries(except left: Set<String>) -> [ManifestValue.Entry] {
        entries.filter { !left.contains($0.key.text) }.map { .init($0.key.text, $0.value.value) }
    }

    /// The same as a value to be written. JSON has no fractions in a Lease; one would go back as text and be refused by the server.
    fileprivate var value: ManifestValue {
        switch kind {
        case .null: .null
        case .bool: (try? bool()).map { .bool($0) } ?? .null
        case .int: (try? int()).map { .int($0) } ?? .string(text)
        case .float, .string: .string(text)
        case .sequence: .sequence(elements.map(\.value))
        case .mapping: .mapping(entries.map { .init($0.key.text, $0.value.value) })
        }
    }
}

extension LeaseDocument {
    /// Without anything that is not ours.
    static let empty = LeaseDocument(metadata: [], foreignSpec: [])
}
