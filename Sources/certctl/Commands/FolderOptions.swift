internal import ArgumentParser
internal import KubernetesAPI
internal import Logging
internal import Store

/// Where a command finds objects when it does not ask a running server.
struct FolderOptions: ParsableArguments {
    @Option(help: ArgumentHelp("State folder of `certctl serve`.", valueName: "dir"))
    var state: String?

    @Option(help: ArgumentHelp("Folder of manifests; default: the one that last served from --state.", valueName: "dir"))
    var manifests: String?

    var isGiven: Bool { state != nil || manifests != nil }

    /// What the server of the state folder left there; nil when none did.
    var origin: StateOrigin? { state.flatMap { StateOrigin(ofState: $0) } }

    /// For messages.
    var described: String {
        [manifests, state].compactMap { $0 }.joined(separator: " and ")
    }

    /// What the server of the state folder serves; without one, what the flags say.
    func scope(else options: ServingOptions) -> ServingScope {
        origin.flatMap { ServingScope(flags: $0.flags) } ?? ServingScope(options)
    }

    /// What the folders hold now. Takes no lock and writes nothing, so a server may run over them.
    func snapshot(ignoring kinds: Set<ObjectKind>) async throws -> StoreUpdate {
        guard isGiven else { throw ValidationError("name a folder with --state or --manifests") }
        let store = try FolderStore(
            reading: manifests ?? origin?.manifests, state: state, ignoring: kinds,
            logger: Logger(label: "store") { _ in SwiftLogNoOpLogHandler() })
        defer { Task { await store.shutdown() } }
        for await update in store.updates() { return update }
        throw CommandFailure("\(described) cannot be read")
    }
}
