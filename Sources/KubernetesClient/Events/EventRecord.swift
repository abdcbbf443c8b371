internal import Core
public import FoundationEssentials
internal import Manifests
internal import PKI

/// An `events.k8s.io/v1` Event as it is written.
public struct EventRecord: Hashable, Sendable {
    /// What happened.
    public let event: ReportedEvent
    /// `metadata.name`.
    public let name: String
    /// `eventTime`: when it was first seen.
    public let time: Date
    /// How often it was seen; from 2 on it is a series.
    public internal(set) var count = 1
    /// When it was last seen.
    public internal(set) var lastObserved: Date

    init(event: ReportedEvent, name: String, time: Date) {
        self.event = event
        self.name = name
        self.time = time
        lastObserved = time
    }

    /// `metadata.namespace`: the object's. Validation wants `default` for cluster-scoped objects.
    public var namespace: String { event.regarding.namespace.isEmpty ? "default" : event.regarding.namespace }

    /// A name that is the same in every process, for an occurrence that is to be told once.
    static func name(for event: ReportedEvent, occurrence: String) -> String {
        let parts = [event.regarding.kind, event.regarding.uid ?? "", event.reason, event.action, occurrence]
        let hash = sha256(Array(parts.joined(separator: "\n").utf8)).prefix(8)
        return name(of: event.regarding, suffix: hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined())
    }

    /// `OBJECT.SUFFIX`, the object's name cut to fit.
    static func name(of object: ObjectReference, suffix: String) -> String {
        var prefix = Substring(object.name.cut(toBytes: EventLimits.nameBytesMax - 1 - suffix.utf8.count))
        while let last = prefix.last, last == "." || last == "-" { prefix.removeLast() }
        return "\(prefix).\(suffix)"
    }
}

extension EventRecord {
    /// The whole object in JSON.
    ///
    /// - Parameters:
    ///   - controller: `reportingController`.
    ///   - instance: `reportingInstance`.
    func body(controller: String, instance: String) -> [UInt8] {
        var entries: [ManifestValue.Entry] = [
            .init("apiVersion", .string(APIResource.events.apiVersion)),
            .init("kind", .string("Event")),
            .init("metadata", .mapping([.init("name", .string(name)), .init("namespace", .string(namespace))])),
            .init("eventTime", .string(MicroTime.text(time))),
            .init("reportingController", .string(controller)),
            .init("reportingInstance", .string(instance)),
            .init("action", .string(event.action)),
            .init("reason", .string(event.reason)),
            .init("regarding", regarding),
            .init("note", .string(event.note)),
            .init("type", .string(event.severity.rawValue)),
        ]
        if count > 1 { entries.append(.init("series", series)) }
        return ManifestWriter.json(.mapping(entries))
    }

    /// The merge patch for the series, RFC 7386; nothing else of an Event can be changed.
    var seriesPatch: [UInt8] { ManifestWriter.json(.mapping([.init("series", series)])) }

    private var series: ManifestValue {
        .mapping([.init("count", .int(count)), .init("lastObservedTime", .string(MicroTime.text(lastObserved)))])
    }

    private var regarding: ManifestValue {
        let object = event.regarding
        var entries: [ManifestValue.Entry] = [
            .init("apiVersion", .string(object.apiVersion)), .init("kind", .string(object.kind)), .init("name", .string(object.name)),
        ]
        if !object.namespace.isEmpty { entries.append(.init("namespace", .string(object.namespace))) }
        if let uid = object.uid { entries.append(.init("uid", .string(uid))) }
        return .mapping(entries)
    }
}
