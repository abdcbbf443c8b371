public import Core

/// Something about the choice of a TLS policy that an operator has to know, currently in force. It never affects another host.
public struct TLSPolicyProblem: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// What is wrong, in a form that metrics and Events can carry.
    public enum Code: String, Hashable, Sendable, Codable {
        /// No policy has the name that is asked for; the one that would hold without asking does.
        case unknownPolicy = "UnknownTLSPolicy"
        /// A policy in use is not defined any more; its last definition stays in force until the process ends.
        case withdrawnPolicy = "TLSPolicyWithdrawn"
        /// An older Ingress of the same host decides otherwise.
        case conflictingPolicies = "ConflictingTLSPolicies"
        /// The parameters of an IngressClass name something that is no TLS policy.
        case unusableParameters = "UnusableParameters"
    }

    /// What is wrong.
    public let code: Code
    /// The Ingress concerned; nil when it is a class or the default.
    public let ingress: NamespacedName?
    /// The host pattern concerned, if it is one.
    public let host: String?
    /// One line: subject, what happened, got, allowed.
    public let message: String

    /// `Code: message`.
    public var description: String { "\(code.rawValue): \(message)" }

    /// Orders by Ingress, host, code, message.
    public static func < (left: Self, right: Self) -> Bool {
        (left.ingress?.description ?? "", left.host ?? "", left.code.rawValue, left.message)
            < (right.ingress?.description ?? "", right.host ?? "", right.code.rawValue, right.message)
    }
}
