public import ACME
public import Core
public import DNSProviders
public import FoundationEssentials
internal import HashTreeCollections
internal import KubernetesAPI
public import Store

/// What has to survive a crash about one certificate that is not there yet: the pending order with its private key, and the row of
/// failures. Kept in one Secret beside the Secret that it is about, and gone once that is written.
public struct IssuanceRecord: Sendable {
    /// The Secret that it is about.
    public var target: NamespacedName
    /// The pending order, or a key that is kept for the next one.
    public var order: OrderRecord?
    /// The failures in a row.
    public var failure: FailureRecord?
    /// Records in the DNS that may be there and have to be removed.
    public var presented: [PresentedRecord]
    /// When it was last written.
    public var updated: Date

    /// Makes a record.
    public init(
        target: NamespacedName, order: OrderRecord? = nil, failure: FailureRecord? = nil, presented: [PresentedRecord] = [], updated: Date
    ) {
        self.target = target
        self.order = order
        self.failure = failure
        self.presented = presented
        self.updated = updated
    }

    /// Whether there is nothing worth keeping.
    var isEmpty: Bool { order == nil && failure == nil && presented.isEmpty }

    /// Until when it is kept although nobody wants the certificate.
    var endOfGrace: Date { updated.addingTimeInterval(IssuanceLimits.orphanedRecordGrace.seconds) }

    /// Whether somebody has gone on with it since it was known so.
    func isNews(to known: IssuanceRecord?) -> Bool {
        guard !isEmpty else { return false }
        guard let known else { return true }
        // Stored times have whole seconds.
        return order?.orderURL != known.order?.orderURL || updated.timeIntervalSince(known.updated) >= 1
    }

    /// All records among the objects, by the Secret that they are about. One that cannot be read is left out: the certificate is
    /// then ordered anew.
    public static func all(in objects: ObjectSet) -> [NamespacedName: IssuanceRecord] {
        var records: [NamespacedName: IssuanceRecord] = [:]
        for secret in objects.secrets.values where SecretRole(of: secret) == .order {
            if let record = IssuanceRecord(secret) { records[record.target] = record }
        }
        return records
    }
}

extension IssuanceRecord {
    private struct Header: Codable {
        var updated: Date
    }

    /// The Secret that holds the record of a target.
    static func secretName(for target: NamespacedName) -> NamespacedName {
        let plain = RecordName.prefix + target.name
        let name = plain.utf8.count <= IssuanceLimits.recordNameBytesMax ? plain : RecordName.prefix + Fingerprint.of([target.name])
        return NamespacedName(namespace: target.namespace, name: name)
    }

    /// Reads a record; nil when the Secret is none, or is not where the record of its target would be.
    init?(_ secret: Secret) {
        guard SecretRole(of: secret) == .order, let text = secret.metadata.annotations[ObjectKeys.targetAnnotation],
            let target = NamespacedName(text), IssuanceRecord.secretName(for: target) == secret.metadata.id
        else { return nil }
        let updated = secret.data[RecordName.headerEntry].flatMap { try? RecordJSON.decoder.decode(Header.self, from: Data($0)) }?.updated
        self.init(
            target: target,
            order: secret.data[RecordName.orderEntry].flatMap { try? JSONDecoder().decode(OrderRecord.self, from: Data($0)) },
            failure: secret.data[RecordName.failureEntry].flatMap {
                try? RecordJSON.decoder.decode(FailureRecord.self, from: Data($0))
            },
            presented: secret.data[RecordName.presentedEntry].flatMap {
                try? RecordJSON.decoder.decode([PresentedRecord].self, from: Data($0))
            } ?? [],
            updated: updated ?? .distantPast)
    }

    /// The Secret that holds the record.
    func secret() throws -> Secret {
        var data = [RecordName.headerEntry: Array(try RecordJSON.encoder.encode(Header(updated: updated)))]
        // Times in an order record are compared after reading, so they keep their fractions: no ISO 8601 there.
        if let order { data[RecordName.orderEntry] = Array(try JSONEncoder().encode(order)) }
        if let failure { data[RecordName.failureEntry] = Array(try RecordJSON.encoder.encode(failure)) }
        if !presented.isEmpty { data[RecordName.presentedEntry] = Array(try RecordJSON.encoder.encode(presented)) }
        return Secret(
            metadata: ObjectMeta(
                id: IssuanceRecord.secretName(for: target), labels: SecretRole.order.labels,
                annotations: [ObjectKeys.targetAnnotation: target.description]),
            data: data)
    }
}

/// Names of record Secrets and of what is in them.
enum RecordName {
    /// What the name of a record Secret starts with; an Ingress may not ask for such a name.
    static let prefix = "certctl-order-"
    /// When the record was written, in JSON.
    static let headerEntry = "record.json"
    /// The ``OrderRecord`` in JSON.
    static let orderEntry = "order.json"
    /// The ``FailureRecord`` in JSON.
    static let failureEntry = "failure.json"
    /// The notes of DNS records in JSON.
    static let presentedEntry = "dns.json"
}

/// How the readable parts of records are written.
enum RecordJSON {
    static var encoder: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return decoder
    }
}
