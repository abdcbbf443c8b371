internal import Alerts
internal import CALimits
internal import Core
internal import HashTreeCollections
internal import Issuance
internal import KubernetesAPI
internal import Manifests
internal import Policies
internal import Store

/// The policies of every kind that are in force together: the shipped ones, and those that were given.
struct PolicySets {
    /// Who may have which certificate.
    let issuance: IssuancePolicySet
    /// What TLS listeners accept.
    let tls: TLSPolicySet
    /// What CAs allow.
    let limits: CALimitsSet
    /// Who is told of alerts, or why that is not known. A mistake there is no reason not to issue.
    let alerts: Result<AlertReceiverSet, ManifestError>

    /// Reads all documents; with an error nothing of it is in force.
    init(reading sources: [PolicyDocuments.Source]) throws(ManifestError) {
        let documents = try PolicyDocuments(reading: sources, otherKinds: [TLSPolicy.kind, CALimitsDocument.kind, AlertReceiver.kind])
        var tls = try TLSPolicySet.shipped()
        var limits = try CALimitsSet.shipped()
        for source in sources {
            try tls.add(source.bytes, file: source.file)
            try limits.add(source.bytes, file: source.file)
        }
        issuance = documents.issuancePolicies
        self.tls = tls
        self.limits = limits
        alerts = PolicySets.receivers(in: sources)
    }

    private static func receivers(in sources: [PolicyDocuments.Source]) -> Result<AlertReceiverSet, ManifestError> {
        do throws(ManifestError) {
            var documents: [Node] = []
            for source in sources {
                for result in ManifestReader.documents(in: source.bytes, file: source.file) { documents.append(try result.get()) }
            }
            return .success(try AlertReceiverSet(from: documents))
        } catch {
            return .failure(error)
        }
    }

    /// Reads a folder, or none.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be read or a document is wrong.
    init(folder: String?) throws {
        do {
            try self.init(reading: try folder.map { try PolicyFolder.sources(at: $0) } ?? [])
            _ = try alerts.get()
        } catch let error as ManifestError {
            throw CommandFailure(error.description)
        }
    }
}

extension PolicySets {
    /// The policies about issuing, and the limits of CAs, that a server over these folders would have now; policies that refuse everything,
    /// and the shipped limits, when one of them is wrong.
    static func inForce(_ scope: ServingScope, _ update: StoreUpdate) -> (policies: IssuancePolicySet, limits: CALimitsSet) {
        let shipped = IssuanceSettings.shippedLimits
        do {
            var sources = try scope.policies.map { try PolicyFolder.sources(at: $0) } ?? []
            switch PolicyConfigMaps.answer(update, namespace: scope.issuance.clusterResourceNamespace) {
            case .known(let found): sources += found
            case .unknown(let why): return (.unknown(why), shipped)
            }
            let sets = try PolicySets(reading: sources)
            return (sets.issuance, sets.limits)
        } catch {
            return (.unknown("the policies cannot be read: \(error)"), shipped)
        }
    }
}

/// The ConfigMaps with policies among the objects.
enum PolicyConfigMaps {
    /// What they say; nil, with the reason, when that is not known.
    enum Answer: Equatable {
        case known([PolicyDocuments.Source])
        case unknown(String)
    }

    /// The entries of every ConfigMap with the label in this namespace, as files. In any other namespace the label means nothing: whoever
    /// may write there may not write policies.
    static func answer(_ update: StoreUpdate, namespace: String) -> Answer {
        if update.unknownKinds.contains(.configMap) {
            return .unknown("the ConfigMaps of namespace \(namespace) cannot be read, so policies may be missing")
        }
        for problem in update.problems {
            guard let key = problem.object, key.kind == .configMap, key.name.namespace == namespace else { continue }
            return .unknown("a ConfigMap that may have policies cannot be read: \(problem)")
        }
        var sources: [PolicyDocuments.Source] = []
        let found = update.objects.configMaps.values.filter {
            $0.metadata.namespace == namespace && OwnLabels.hasPolicies($0.metadata.labels)
        }
        for configMap in found.sorted(by: { $0.metadata.name < $1.metadata.name }) {
            let name = "ConfigMap \(configMap.metadata.id)"
            if configMap.data.isEmpty { return .unknown("\(name) is to have policies, but has no data") }
            for (key, text) in configMap.data.sorted(by: { $0.key < $1.key }) {
                sources.append(PolicyDocuments.Source(file: "\(name), \(key)", bytes: Array(text.utf8)))
            }
        }
        return .known(sources)
    }
}
