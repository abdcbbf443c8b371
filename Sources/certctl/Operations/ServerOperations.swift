internal import Admin
internal import Core
internal import Issuance

/// A running server, asked over its admin API.
struct ServerOperations: RemoteOperations {
    let server: String?
    let folders: FolderOptions
    let token: AdminToken?

    let lookPeriod = Duration.milliseconds(250)

    /// Whether one answers.
    ///
    /// - Throws: ``CommandFailure`` when one was named that does not, or when none was named and there is no folder to work in instead.
    func isRunning() async throws -> Bool {
        try await AdminAddress.get("/healthz", server: server, folders: folders, token: token) != nil
    }

    func ask(_ request: AdminRequest) async throws -> [UInt8] {
        let body =
            switch request.method {
            case .get:
                try await AdminAddress.get(
                    request.query.isEmpty ? request.path : "\(request.path)?\(request.query)", server: server, folders: folders,
                    token: token)
            case .post: try await AdminAddress.post(request.body, to: request.path, server: server, folders: folders, token: token)
            }
        guard let body else { throw CommandFailure("the server went away") }
        return body
    }

    func close() async {}
}
