/// What kind of failure a list or a watch met, as far as the ``ReflectorMachine`` makes a difference.
struct ReflectorFailure: Hashable, Sendable {
    enum Kind: Hashable, Sendable, CaseIterable {
        /// 410: the version or the continuation is too old.
        case expired
        /// 404: there is no such resource, or not any more.
        case missing
        /// 401, 403 or a configuration that cannot be used: somebody has to change something.
        case refused
        /// An answer that cannot be read, or a request that the server does not understand.
        case unusable
        /// The server answered that it cannot.
        case failing
        /// No answer, or one that says to come later.
        case unavailable
    }

    let kind: Kind
    /// How long the server wants us to wait.
    var retryAfter: Duration?
}

extension ReflectorFailure {
    /// - Returns: nil when nothing failed: the task was cancelled, or the client was shut down.
    init?(_ error: APIError) {
        let kind: Kind
        switch error.code {
        case .gone: kind = .expired
        case .notFound: kind = .missing
        case .unauthorized, .forbidden, .configuration: kind = .refused
        case .badResponse, .badRequest, .invalid, .alreadyExists, .conflict: kind = .unusable
        case .serverError: kind = .failing
        case .timeout: kind = error.httpStatus == nil ? .unavailable : .failing
        case .tooManyRequests, .unreachable: kind = .unavailable
        case .cancelled, .closed: return nil
        }
        self.init(kind: kind, retryAfter: error.retryAfter)
    }
}
