internal import ClusterReporting
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Logging
internal import Store
internal import Telemetry

/// Folders on this machine. Whoever holds the lock of the state folder issues; a proxy takes no lock, so that it may run beside.
struct FolderBackend: Backend {
    private let folders: FolderStore
    private let origin: StateOrigin
    let leadership: any Leadership

    var store: any Store { folders }
    var lease: NamespacedName? { nil }
    var leader: String? { nil }
    var isShared: Bool { !leadership.isLeader() }

    init(_ options: ServeOptions, manifests: String, state: String) throws(StoreError) {
        let logger = Logger(.store)
        let ignored = options.scope.ignoredKinds
        if options.role.issues {
            folders = try FolderStore(manifests: manifests, state: state, ignoring: ignored, logger: logger)
            leadership = AlwaysLeader()
        } else {
            folders = try FolderStore(reading: manifests, state: state, ignoring: ignored, logger: logger)
            leadership = NeverLeader()
        }
        let absolute = URL(filePath: manifests).standardizedFileURL.path(percentEncoded: false)
        origin = StateOrigin(manifests: absolute, adminAddress: nil, flags: options.scope.flags)
    }

    /// Leaves word in the state folder, for `certctl status --state`.
    func opened(admin: ListenAddress) async throws {
        guard leadership.isLeader() else { return }
        var origin = origin
        origin.adminAddress = admin.description
        try await folders.record(origin)
    }

    func reporter(of issuance: IssuanceController) -> ClusterReporter? { nil }

    func run(_ reporter: ClusterReporter?) async {}

    func shutdown() async { await folders.shutdown() }
}
