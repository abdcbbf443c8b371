internal import Admin
internal import Core
internal import FoundationEssentials
internal import Issuance

/// Where facts come from: a running server, a cluster, or folders.
protocol StatusSource: Sendable {
    /// What is known about every certificate.
    func report() async throws -> StatusReport
    /// What is known about one host.
    func host(_ name: String) async throws -> HostReport
    /// Lets go of what it holds.
    func close() async
}

/// A running server if there is one, else the folders.
struct LocalStatus: StatusSource {
    let server: String?
    let token: AdminToken?
    let folders: FolderOptions
    let serving: ServingOptions

    func report() async throws -> StatusReport {
        if let answer: StatusReport = try await ask("/api/v1/status") { return answer }
        return try await stored().report()
    }

    func host(_ name: String) async throws -> HostReport {
        do {
            if let answer: HostReport = try await ask("/api/v1/hosts/" + name) { return answer }
        } catch let failure as OperationFailure where failure.code == .notFound {
            return HostReport(host: name, version: Version.current, at: Date(), isRunning: true)
        }
        return try await stored().host(name) { _ in ([], "Events are kept by a running server, and in a cluster") }
    }

    func close() async {}

    /// What the server says; nil when none was named and none answers.
    private func ask<Answer: Decodable>(_ path: String) async throws -> Answer? {
        guard let body = try await AdminAddress.get(path, server: server, folders: folders, token: token) else { return nil }
        do {
            return try AdminJSON.decoder().decode(Answer.self, from: Data(body))
        } catch {
            throw CommandFailure("the server does not answer as certctl \(Version.current) does: \(error)")
        }
    }

    private func stored() async throws -> StoredStatus {
        let scope = folders.scope(else: serving)
        return try StoredStatus(update: try await folders.snapshot(ignoring: scope.ignoredKinds), scope: scope, now: Date())
    }
}
