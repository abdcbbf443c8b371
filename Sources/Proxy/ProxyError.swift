/// Why the proxy did not start.
public struct ProxyError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened.
    public enum Code: Hashable, Sendable {
        /// An address is neither numeric nor a name that resolves.
        case addressInvalid
        /// Another socket listens on the address already, perhaps another certctl.
        case addressInUse
        /// The system refused for another reason, such as a port below 1024 without the right to it.
        case bindFailed
        /// The server has been started before.
        case alreadyStarted
    }

    /// What happened.
    public let code: Code
    /// The address that it is about.
    public let subject: String
    /// The system's words.
    public let detail: String

    /// One line for an operator.
    public var description: String {
        switch code {
        case .addressInvalid: "cannot listen on \(subject): the address is not valid: \(detail)"
        case .addressInUse: "cannot listen on \(subject): the address is in use"
        case .bindFailed: "cannot listen on \(subject): \(detail)"
        case .alreadyStarted: "the proxy was started twice"
        }
    }
}
