import Certificates
import Core
import FoundationEssentials
import HashTreeCollections
import KubernetesAPI
import Logging
import PKI
import Policies
import Routing
import Store
import Synchronization

@testable import Proxy

/// A running proxy with the objects that it serves by. One thread unless said otherwise, all addresses free ports of this machine.
final class World: Sendable {
    let server: ProxyServer
    let http: Int
    let https: Int

    private struct Objects {
        var objects = ObjectSet()
        var compiler = RouteCompiler(policy: IngressClassPolicy())
        var catalog: CertificateCatalog
        var policies: TLSPolicyCompiler
        var index: CertificateIndex?
    }

    private let objects: Mutex<Objects>

    init(
        threads: Int = 1, policy: String = "intermediate", _ objects: [KubernetesObject], lookup: HTTP01Lookup? = nil,
        tlsALPN01Lookup: TLSALPN01Lookup? = nil, policies: String = "", configure: (inout ProxyConfiguration) -> Void = { _ in }
    ) async throws {
        let any = ListenAddress(host: "127.0.0.1", port: 0)
        var known = try TLSPolicySet.shipped()
        try known.add(Array(policies.utf8), file: "policies.yaml")
        guard let tls = known[policy] else { throw Missing(what: policy) }
        var configuration = ProxyConfiguration(http: [any], https: [any], threads: threads, tls: tls)
        (configuration.publicHTTPPort, configuration.publicHTTPSPort) = (80, 443)
        configure(&configuration)
        server = ProxyServer(
            configuration: configuration, challengeLookup: lookup, tlsALPN01Lookup: tlsALPN01Lookup,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.objects = Mutex(
            Objects(
                catalog: try CertificateCatalog(policy: IngressClassPolicy(), now: Date()),
                policies: TLSPolicyCompiler(policy: IngressClassPolicy(), policies: known, profile: tls)))
        let bound = try await server.start()
        http = bound.http.first?.port ?? 0
        https = bound.https.first?.port ?? 0
        apply(ChangeSet(isEverything: true)) { set in
            for object in objects { set.insert(object) }
        }
        // What is published reaches a loop in the order in which it was asked for, so this comes after it.
        _ = await server.counters()
    }

    struct Missing: Error { let what: String }

    /// Puts objects in the place of those of the same name, and publishes what follows.
    func put(_ changed: [KubernetesObject]) {
        var changes = ChangeSet()
        for object in changed { changes.insert(object.key) }
        apply(changes) { set in
            for object in changed { set.insert(object) }
        }
    }

    /// Takes objects away, and publishes what follows.
    func remove(_ removed: [KubernetesObject]) {
        var changes = ChangeSet()
        for object in removed { changes.insert(object.key) }
        apply(changes) { set in
            for object in removed { set.remove(object.key) }
        }
    }

    /// Puts another set of policies in the place of those that there are: the shipped ones and these.
    func adopt(_ policies: String) throws {
        var known = try TLSPolicySet.shipped()
        try known.add(Array(policies.utf8), file: "policies.yaml")
        objects.withLock { server.publish($0.policies.adopt(known)) }
    }

    /// What is presented for a host.
    func credential(for host: String) -> Credential? { objects.withLock { $0.index?.credential(for: host) } }

    private func apply(_ changed: ChangeSet, _ change: (inout ObjectSet) -> Void) {
        objects.withLock { state in
            change(&state.objects)
            var changed = changed
            changed.endpointServices = Set(state.objects.endpointSlices.values.compactMap(\.service))
            let update = StoreUpdate(objects: state.objects, changed: changed)
            server.publish(state.compiler.apply(update))
            let index = state.catalog.apply(update, now: Date())
            state.index = index
            server.publish(index)
            if let table = state.policies.apply(update) { server.publish(table) }
        }
    }

    /// A client over plain HTTP.
    func connect(receiveBufferBytes: Int? = nil) throws -> TestPeer { try .connect(http, receiveBufferBytes: receiveBufferBytes) }

    /// One request over plain HTTP on a connection of its own.
    func exchange(_ request: String, isHEAD: Bool = false) async throws -> TestMessage {
        try await Threads.run { [http] in try TestPeer.connect(http).exchange(request, isHEAD: isHEAD) }
    }

    /// Ends the proxy; every test does so, since threads do not end by themselves.
    func end() async {
        await server.drain(deadline: .zero)
    }
}

/// A proxy for the length of a test.
func withWorld(
    threads: Int = 1, policy: String = "intermediate", _ objects: [KubernetesObject], lookup: HTTP01Lookup? = nil,
    tlsALPN01Lookup: TLSALPN01Lookup? = nil, policies: String = "", configure: (inout ProxyConfiguration) -> Void = { _ in },
    _ body: (World) async throws -> Void
) async throws {
    let world = try await World(
        threads: threads, policy: policy, objects, lookup: lookup, tlsALPN01Lookup: tlsALPN01Lookup, policies: policies,
        configure: configure)
    do {
        try await body(world)
    } catch {
        await world.end()
        throw error
    }
    await world.end()
}
