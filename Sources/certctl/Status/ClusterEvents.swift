internal import Admin
internal import Core
internal import FoundationEssentials
internal import KubernetesClient

/// The Events that a cluster keeps about some objects, whoever wrote them. It takes the right to list Events, in the namespaces of the objects.
struct ClusterEvents {
    let client: APIClient

    /// The newest, and why there are not all of them.
    ///
    /// - Parameter objects: `Kind namespace/name` each; Events are kept about Ingresses and Certificates.
    func events(about objects: Set<String>) async -> (events: [HostReport.Event], problem: String?) {
        var found: [HostReport.Event] = []
        for (kind, name) in ClusterEvents.subjects(objects).prefix(ClusterEvents.subjectsMax) {
            do {
                found += try await events(kind, name)
            } catch {
                return (ClusterEvents.newest(found), "the Events of \(kind) \(name) cannot be read: \(error)")
            }
        }
        return (ClusterEvents.newest(found), nil)
    }

    /// Ingresses first.
    private static func subjects(_ objects: Set<String>) -> [(kind: String, name: NamespacedName)] {
        let named = objects.sorted().compactMap { object -> (kind: String, name: NamespacedName)? in
            let parts = object.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, let name = NamespacedName(String(parts[1])) else { return nil }
            return (String(parts[0]), name)
        }
        return named.filter { $0.kind == "Ingress" } + named.filter { $0.kind == "Certificate" }
    }

    private func events(_ kind: String, _ name: NamespacedName) async throws -> [HostReport.Event] {
        let request = APIRequest.list(
            ClusterEvents.resource, namespace: name.namespace,
            fieldSelector: "involvedObject.kind=\(kind),involvedObject.name=\(name.name)")
        let body = try await client.send(request).body
        let decoder = JSONDecoder()
        let list = try decoder.decode(List.self, from: Data(body))
        return list.items.compactMap { $0.event("\(kind) \(name)") }
    }

    private static func newest(_ events: [HostReport.Event]) -> [HostReport.Event] {
        Array(events.sorted { ($1.at, $0.message) < ($0.at, $1.message) }.prefix(HostReport.eventsMax))
    }

    /// In the core group, where they are readable with the cluster role `view`.
    private static let resource = APIResource(group: "", plural: "events")
    /// A host has one or two.
    private static let subjectsMax = 8

    private struct List: Decodable {
        let items: [Item]
    }
    /// An Event of either group: both have these fields.
    private struct Item: Decodable {
        struct Series: Decodable {
            let count: Int?
            let lastObservedTime: String?
        }
        struct Metadata: Decodable {
            let creationTimestamp: String?
        }
        let metadata: Metadata
        let reason, message, type, lastTimestamp, eventTime: String?
        let count: Int?
        let series: Series?

        func event(_ object: String) -> HostReport.Event? {
            let times = [series?.lastObservedTime, lastTimestamp, eventTime, metadata.creationTimestamp]
            guard let at = times.lazy.compactMap({ $0.flatMap(Item.date) }).first else { return nil }
            return HostReport.Event(
                at: at, type: type ?? "Normal", reason: reason ?? "", object: object, message: message ?? "",
                count: max(series?.count ?? count ?? 1, 1))
        }

        /// With and without microseconds.
        private static func date(_ text: String) -> Date? { try? Date(text, strategy: .iso8601) }
    }
}
