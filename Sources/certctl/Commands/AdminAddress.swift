internal import Admin
internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import Issuance
internal import Store

/// Finds the running server that a command means, and asks it.
enum AdminAddress {
    /// Asks the server that is named, or the one that the state folder names, or the one at the default address.
    ///
    /// - Returns: the body of the answer; nil when no server was named and none answers.
    /// - Throws: ``CommandFailure`` when the server that was named does not answer, or one refuses.
    static func get(_ path: String, server: String?, folders: FolderOptions, token: AdminToken?) async throws -> [UInt8]? {
        var request = HTTPRequest(method: "GET", url: path)
        if let token { request.headers.append("Authorization", token.authorization) }
        return try await send(request, server: server, folders: folders)
    }

    /// Sends an operation to the same server.
    ///
    /// - Returns: the body of the answer; nil when no server was named and none answers.
    /// - Throws: ``CommandFailure`` as ``get(_:server:folders:)`` does.
    static func post(
        _ body: [UInt8], to path: String, server: String?, folders: FolderOptions, token: AdminToken?
    ) async throws -> [UInt8]? {
        var headers: HTTPFields = [AdminAccess.header: "1", "Content-Type": "application/json"]
        if let token { headers.append("Authorization", token.authorization) }
        let request = HTTPRequest(
            method: "POST", url: path, headers: headers, body: .bytes(body),
            timeouts: HTTPTimeouts(total: answerTime, idle: answerTime))
        return try await send(request, server: server, folders: folders)
    }

    /// - Parameter request: with a path in place of the URL.
    private static func send(_ request: HTTPRequest, server: String?, folders: FolderOptions) async throws -> [UInt8]? {
        guard let address = server ?? folders.origin?.adminAddress.map({ "http://\($0)" }) ?? (folders.isGiven ? nil : defaultServer) else {
            return nil
        }
        if let body = try await send(request, to: address) { return body }
        if let server { throw CommandFailure("nothing answers at \(server)") }
        guard folders.isGiven else {
            throw CommandFailure("nothing answers at \(address); name a server with --server or a folder with --state")
        }
        return nil
    }

    private static func send(_ request: HTTPRequest, to server: String) async throws -> [UInt8]? {
        var configuration = HTTPClient.Configuration()
        configuration.proxy = .direct
        let client = try HTTPClient(configuration)
        let base = server.hasSuffix("/") ? String(server.dropLast()) : server
        var request = request
        request.url = base + request.url
        let response: HTTPResponse
        do {
            response = try await client.send(request, bodyBytesMax: bodyBytesMax)
        } catch {
            await client.shutdown()
            if case .connectFailed = error.code { return nil }
            throw CommandFailure("\(server): \(error)")
        }
        await client.shutdown()
        return try RemoteAnswer.body(response.status, response.body, of: server)
    }

    /// A server asks the CA before it answers an operation, and a CA may be slow.
    private static let answerTime = Duration.seconds(180)
    private static let defaultServer = "http://127.0.0.1:9402"
    /// A status of 100,000 certificates is about 60 MiB.
    private static let bodyBytesMax = 256 * 1024 * 1024
}
