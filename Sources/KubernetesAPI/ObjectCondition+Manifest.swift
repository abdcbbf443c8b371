internal import FoundationEssentials
public import Manifests

extension ObjectCondition {
    /// Reads one element of `status.conditions`. A status that is none of the three counts as unknown: others wrote it.
    init(from node: Node) throws(ManifestError) {
        self.init(
            type: try node.requiredString("type"),
            status: try node.string("status").flatMap { Status(rawValue: $0) } ?? .unknown,
            reason: try node.string("reason") ?? "",
            message: try node.string("message") ?? "",
            lastTransitionTime: try node.timestamp("lastTransitionTime"),
            observedGeneration: try node.int("observedGeneration"))
    }

    /// The condition as a manifest has it.
    public func value() -> ManifestValue {
        var entries: [ManifestValue.Entry] = [.init("type", .string(type)), .init("status", .string(status.rawValue))]
        if let lastTransitionTime { entries.append(.init("lastTransitionTime", .time(lastTransitionTime))) }
        if !reason.isEmpty { entries.append(.init("reason", .string(reason))) }
        if !message.isEmpty { entries.append(.init("message", .string(message))) }
        if let observedGeneration { entries.append(.init("observedGeneration", .int(observedGeneration))) }
        return .mapping(entries)
    }
}
