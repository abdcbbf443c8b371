internal import Admin
internal import Core
internal import HTTPClient
internal import Store

/// Finds the running server that a command means, and asks it.
enum AdminAddress {
    /// Asks the server that is named, or the one that the state folder names, or the one at the default address.
    ///
    /// - Returns: the body of the answer; nil when no server was named and none answers.
    /// - Throws: ``CommandFailure`` when the server that was named does not answer, or one refuses.
    static func get(_ path: String, server: String?, folders: FolderOptions) async throws -> [UInt8]? {
        guard let address = server ?? folders.origin?.adminAddress.map({ "http://\($0)" }) ?? (folders.isGiven ? nil : defaultServer) else {
            return nil
        }
        if let body = try await get(path, from: address) { return body }
        if let server { throw CommandFailure("nothing answers at \(server)") }
        guard folders.isGiven else {
            throw CommandFailure("nothing answers at \(address); name a server with --server or a folder with --state")
        }
        return nil
    }

    private static func get(_ path: String, from server: String) async throws -> [UInt8]? {
        var configuration = HTTPClient.Configuration()
        configuration.proxy = .direct
        let client = try HTTPClient(configuration)
        let base = server.hasSuffix("/") ? String(server.dropLast()) : server
        let response: HTTPResponse
        do {
            response = try await client.send(HTTPRequest(method: "GET", url: base + path), bodyBytesMax: bodyBytesMax)
        } catch {
            await client.shutdown()
            if case .connectFailed = error.code { return nil }
            throw CommandFailure("\(server): \(error)")
        }
        await client.shutdown()
        guard response.status == 200 else {
            throw CommandFailure("\(server) answered \(response.status): \(String(decoding: response.body.prefix(500), as: UTF8.self))")
        }
        return response.body
    }

    private static let defaultServer = "http://127.0.0.1:9402"
    /// A status of 100,000 certificates is about 60 MiB.
    private static let bodyBytesMax = 256 * 1024 * 1024
}
