internal import KubernetesAPI
internal import KubernetesClient
internal import Store

extension StoreError {
    /// What an answer of the API server means to those who use a store.
    init(_ error: APIError, about key: ObjectKey) {
        self.init(StoreError.code(error), subject: "\(key)", reason: "\(error)")
    }

    private static func code(_ error: APIError) -> Code {
        switch error.code {
        case .conflict, .alreadyExists: .conflict
        // A write to an object that was just looked at finds no object only when it is gone, and a creation only when the namespace is.
        case .notFound: .namespaceMissing
        // What a namespace says that is being deleted.
        case .forbidden where error.message.contains("being terminated"): .namespaceMissing
        case .forbidden, .unauthorized: .forbidden
        case .invalid, .badRequest, .gone: .refused
        case .tooManyRequests, .serverError, .timeout, .unreachable: .unavailable(retryAfter: error.retryAfter)
        case .badResponse: .unreadable
        case .configuration: .configuration
        case .cancelled: .unavailable(retryAfter: nil)
        case .closed: .closed
        }
    }
}
