/// Whether the cluster lets this process do what issuing needs.
public protocol RightsReview: Sendable {
    /// What it may not do with the Secrets of a namespace, such as `create secrets in web`; empty when it may do all.
    ///
    /// - Throws: why nobody could say.
    func missing(in namespace: String) async throws -> [String]
}
