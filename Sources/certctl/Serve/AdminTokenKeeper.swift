internal import Admin
internal import Core
internal import KubernetesAPI
internal import Logging
internal import Store
internal import Synchronization

/// Keeps the token of the admin API as its file or its Secret has it. Where neither has a usable one, nobody gets in.
final class AdminTokenKeeper: Sendable {
    private enum Place: Sendable {
        case file(String)
        case secret(NamespacedName)
    }

    /// Who may use the admin API.
    let credentials: AdminCredentials
    private let place: Place?
    private let store: any Store
    private let time: any TimeSource
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        /// The token that is asked for.
        var token: AdminToken?
        /// What was said about it last, so that it is said once.
        var complaint: String?
    }

    /// Reads the file; the Secret is read when ``follow()`` begins.
    ///
    /// - Throws: ``CommandFailure`` when the file holds no usable token.
    init(_ options: ServeOptions, store: any Store, time: any TimeSource = SystemTime(), logger: Logger) throws {
        let token = try options.adminToken.token()
        place = options.adminToken.adminTokenFile.map { .file($0) } ?? options.adminTokenSecret.map { .secret($0) }
        credentials = AdminCredentials(place == nil ? .loopbackOnly : token?.access ?? .closed)
        self.store = store
        self.time = time
        self.logger = logger
        state = Mutex(State(token: token))
    }

    /// The field that shows the token to the other replicas, which have the same; nil without one.
    var authorization: String? { state.withLock { $0.token?.authorization } }

    /// Follows the file or the Secret until cancelled.
    func follow() async {
        guard place != nil else { return }
        repeat { await look() } while (try? await time.sleep(for: AdminTokenKeeper.interval)) != nil
    }

    /// Looks once.
    func look() async {
        switch place {
        case nil: return
        case .file(let path): adopt(Result { try AdminToken(file: path) })
        case .secret(let name):
            do throws(StoreError) {
                guard let secret = try await store.secret(name) else {
                    // How an installation begins: nobody has made one yet.
                    close()
                    return say("the admin API shows health and metrics alone: there is no Secret \(name) with a token", .notice)
                }
                adopt(Result { try AdminToken(secret.data[Self.key] ?? [], from: "Secret \(name), key \(Self.key),") })
            } catch {
                // The store is away: that says nothing about the token.
                say("the admin token in Secret \(name) cannot be read, the previous one stays in force: \(error)", .error)
            }
        }
    }

    private func adopt(_ found: Result<AdminToken, any Error>) {
        switch found {
        case .success(let token):
            let isNew = state.withLock { state in
                defer { state = State(token: token) }
                return state.token?.access != token.access
            }
            credentials.adopt(token.access)
            if isNew { logger.notice("the admin API asks for the token that was read now") }
        case .failure(let error):
            close()
            say("the admin API shows health and metrics alone: \(error)", .error)
        }
    }

    private func close() {
        state.withLock { $0.token = nil }
        credentials.adopt(.closed)
    }

    private func say(_ words: String, _ level: Logger.Level) {
        let isNew = state.withLock { state in
            defer { state.complaint = words }
            return state.complaint != words
        }
        if isNew { logger.log(level: level, "\(words)") }
    }

    /// How often the file or the Secret is looked at: one small request.
    private static let interval = Duration.seconds(5)
    /// Which entry of the Secret.
    private static let key = "token"
}
