package import KubernetesAPI

/// Why a store could not be opened, read or written.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, for code that decides.
    public enum Code: Hashable, Sendable {
        /// The write condition does not hold. Read again and decide anew.
        case conflict
        /// The object is the user's (it is in the manifests folder): it is served and never written.
        case foreignObject
        /// The store was opened for reading only.
        case readOnly
        /// Another process holds the state folder; its process id if known.
        case locked(pid: Int?)
        /// A namespace or name that Kubernetes would refuse, or that is too long for a file name.
        case invalidName
        /// The object is larger than Kubernetes allows.
        case tooLarge(bytes: Int, limitBytes: Int)
        /// The stored object cannot be read as what it should be.
        case unreadable
        /// A system call failed with this `errno`.
        case io(errno: Int32)
        /// The folders given make no sense together.
        case configuration
        /// The store was shut down.
        case closed
        /// The API server cannot be reached or cannot answer now; it may say when to come back. After a write it is not known whether it
        /// took place.
        case unavailable(retryAfter: Duration?)
        /// The API server does not allow it: RBAC, a quota or an admission rule.
        case forbidden
        /// The API server does not take the object as it is, or an admission rule does not.
        case refused
        /// The object's namespace does not exist, or is being deleted.
        case namespaceMissing
        /// Another process may act now; see `Leadership`. Nothing was written.
        case notLeader
    }

    /// What went wrong.
    public let code: Code
    /// What an operator can look up, such as `Secret shop/web-tls` or a path.
    public let subject: String
    /// What happened, with what was got and what is allowed.
    public let reason: String

    /// Makes an error from its parts.
    public init(_ code: Code, subject: String, reason: String) {
        self.code = code
        self.subject = subject
        self.reason = reason
    }

    /// Refuses data that no API server would take.
    ///
    /// - Parameter dataBytes: names and contents of all entries.
    package static func checkSize(_ dataBytes: Int, of key: ObjectKey) throws(StoreError) {
        guard dataBytes <= Secret.dataBytesMax else {
            throw StoreError(
                .tooLarge(bytes: dataBytes, limitBytes: Secret.dataBytesMax), subject: "\(key)",
                reason: "the data has \(dataBytes) bytes, the limit is \(Secret.dataBytesMax)")
        }
    }

    /// `subject: reason`.
    public var description: String { "\(subject): \(reason)" }
}
