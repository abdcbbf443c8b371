public import Manifests

/// The API server's `Status` object (meta/v1), as the body of an error and as the object of a watch's ERROR event.
public struct APIStatus: Hashable, Sendable {
    /// The status of HTTP that goes with it; 0 when it says none.
    public let code: Int
    /// In a word, such as `Expired`; nil when it says none.
    public let reason: String?
    /// In words; empty when it says none.
    public let message: String
    /// `details.retryAfterSeconds`.
    public let retryAfter: Duration?

    /// Reads an object; nothing that it says is trusted to be there.
    ///
    /// - Returns: nil when it is not a Status.
    public init?(from node: Node) {
        guard node.kind == .mapping, (try? node.string("kind")) == "Status" else { return nil }
        code = (try? node.int("code")) ?? 0
        reason = (try? node.string("reason")).flatMap { $0?.isEmpty == false ? $0?.oneLine : nil }
        message = (try? node.string("message")) ?? ""
        let seconds = node["details"].flatMap { try? $0.int("retryAfterSeconds") }
        retryAfter = seconds.flatMap { (1...86_400).contains($0) ? .seconds($0) : nil }
    }

    /// Reads the body of an answer.
    init?(json body: [UInt8]) {
        guard let root = ManifestReader.object(json: body) else { return nil }
        self.init(from: root)
    }

    /// The error that an ERROR event of a watch means.
    public func error(subject: String) -> APIError {
        APIError(
            code: StatusReader.code(code, reason: reason), httpStatus: code, reason: reason,
            message: message.isEmpty ? "the watch ended with status \(code)" : message.oneLine, retryAfter: retryAfter, subject: subject)
    }
}
