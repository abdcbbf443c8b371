internal import Admin
internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import KubernetesAPI
internal import Store
internal import Synchronization

/// What a server asks the other replicas with.
struct ReplicaParts: Sendable {
    let watch: ReplicaWatch
    private let client: HTTPClient
    private let plane: PlaneReference

    /// Where the objects are; nil until there is a control plane.
    private final class PlaneReference: Sendable {
        let plane = Mutex<ControlPlane?>(nil)
    }

    /// Asks nobody without `--replicas-service`.
    init(
        _ options: ServeOptions, _ backend: any Backend, own: ReplicaIdentity, authorization: @escaping @Sendable () -> String?
    ) throws {
        // Never through a proxy: they are beside us.
        client = try HTTPClient(HTTPClient.Configuration(proxy: .direct))
        let reference = PlaneReference()
        plane = reference
        var addresses: (@Sendable () async throws -> [ListenAddress])?
        if let service = options.replicasService {
            addresses = { try await Self.addresses(of: service, backend, reference) }
        }
        watch = ReplicaWatch(own: own, authorization: authorization, client: client, addresses: addresses)
    }

    private static func addresses(
        of service: NamespacedName, _ backend: any Backend, _ reference: PlaneReference
    ) async throws -> [ListenAddress] {
        if let slices = try await backend.replicaSlices(of: service) { return ReplicaAddresses.all(slices) }
        let plane = reference.plane.withLock { $0 }
        return ReplicaAddresses.all(await plane?.objects.endpointSlices(of: service) ?? [])
    }

    /// Takes objects from here.
    func attach(_ plane: ControlPlane) { self.plane.plane.withLock { $0 = plane } }

    /// Ends all connections.
    func shutdown() async { await client.shutdown() }
}

/// What replicas are called.
enum ReplicaNames {
    /// The Pod's name; elsewhere the machine's, with the port of the admin API, since several may run on one.
    static func own(admin: ListenAddress, environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
        environment["POD_NAME"] ?? "\(ProcessInfo.processInfo.hostName):\(admin.port)"
    }
}
