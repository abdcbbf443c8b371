public import Core

/// Something in an Ingress that cannot be served as written, currently in force. It never affects another Ingress.
public struct RouteProblem: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What is wrong, in a form that metrics and Events can carry.
    public enum Code: String, Hashable, Sendable, Codable {
        /// A host is not a DNS name; its rule is ignored.
        case invalidHost = "InvalidHost"
        /// A path has no canonical form or can never match; it is ignored.
        case invalidPath = "InvalidPath"
        /// An older Ingress has the same host and path; this one is ignored.
        case duplicatePath = "DuplicatePath"
        /// An older Ingress has a default backend for the same host, or for the class; this one is ignored.
        case duplicateDefaultBackend = "DuplicateDefaultBackend"
        /// A backend is not a Service; requests are answered 503.
        case unsupportedBackend = "UnsupportedBackend"
        /// The Service does not exist; requests are answered 503.
        case serviceNotFound = "ServiceNotFound"
        /// The Service has no such port; requests are answered 503.
        case servicePortNotFound = "ServicePortNotFound"
        /// No endpoint of the Service is usable; requests are answered 503.
        case noEndpoints = "NoEndpoints"
    }

    /// What is wrong.
    public let code: Code
    /// The Ingress that it is wrong in.
    public let ingress: NamespacedName
    /// One line: subject, what happened, got, allowed.
    public let message: String

    /// `Code: namespace/ingress: message`.
    public var description: String { "\(code.rawValue): ingress \(ingress): \(message)" }

    /// Orders by Ingress, code, message.
    public static func < (left: Self, right: Self) -> Bool {
        (left.ingress, left.code.rawValue, left.message) < (right.ingress, right.code.rawValue, right.message)
    }
}
