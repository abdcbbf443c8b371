public import Manifests

/// The receivers that are in force together.
public struct AlertReceiverSet: Hashable, Sendable {
    /// Sorted by name.
    public let receivers: [AlertReceiver]

    /// Nobody.
    public static let none = AlertReceiverSet(receivers: [])

    private init(receivers: [AlertReceiver]) { self.receivers = receivers }

    /// Reads the documents of kind `AlertReceiver` among these; others are passed over. With one error nothing of it counts, so that the
    /// caller goes on with the set from before.
    ///
    /// - Throws: the first error, with file, line and field.
    public init(from documents: [Node]) throws(ManifestError) {
        var found: [AlertReceiver] = []
        for document in documents {
            guard try document.string("kind") == AlertReceiver.kind else { continue }
            let receiver = try AlertReceiver(from: document)
            if let former = found.first(where: { $0.name == receiver.name }) {
                throw document.error(at: "metadata", "AlertReceiver \(receiver.name) is also at \(former.place)")
            }
            guard found.count < AlertLimits.receiversMax else {
                throw document.error("there are more than \(AlertLimits.receiversMax) AlertReceivers")
            }
            found.append(receiver)
        }
        receivers = found.sorted { $0.name < $1.name }
    }

    /// The receiver with this name.
    public subscript(_ name: String) -> AlertReceiver? { receivers.first { $0.name == name } }
}
