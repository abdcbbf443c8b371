internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Store

/// An ACME issuer that an operation is about.
struct ACMEIssuerObject {
    let name: NamespacedName
    let spec: ACMEIssuerSpec

    /// `Kind/NAME`, with the namespace of an Issuer between.
    var text: String { IssuerLookup.text(of: name) }
}

/// Finds the issuers that people and certificates name.
struct IssuerLookup {
    let objects: ObjectSet

    /// All ACME issuers, sorted.
    var all: [ACMEIssuerObject] {
        objects.issuers.sorted { $0.key < $1.key }.compactMap { name, issuer in
            guard case .acme(let spec) = issuer.spec else { return nil }
            return ACMEIssuerObject(name: name, spec: spec)
        }
    }

    /// The one that is named; without a name the only one there is.
    func one(_ text: String?) throws(OperationFailure) -> ACMEIssuerObject {
        let all = all
        let names = all.isEmpty ? "there is no ACME issuer" : ShownText.list(all.map(\.text))
        guard let text else {
            guard all.count < 2, let only = all.first else {
                throw OperationFailure(.badRequest, "issuer", all.isEmpty ? "there is none" : "there are several; name one", allowed: names)
            }
            return only
        }
        guard let name = Self.name(text) else {
            throw OperationFailure(
                .badRequest, "issuer", "its name is wrong", got: text, allowed: "NAME, ClusterIssuer/NAME or Issuer/NAMESPACE/NAME")
        }
        guard let found = all.first(where: { $0.name == name }) else {
            throw OperationFailure(.notFound, Self.text(of: name), "there is no such ACME issuer", allowed: names)
        }
        return found
    }

    /// The one whose CA issued a certificate: what its Secret says, or, if that is gone or asks another CA by now, one that asks the same.
    func origin(of secret: Secret) throws(OperationFailure) -> ACMEIssuerObject {
        let annotations = secret.metadata.annotations
        let directory = annotations[ObjectKeys.directoryAnnotation]
        let kind = annotations[ObjectKeys.issuerKindAnnotation].flatMap { IssuerName.Kind(rawValue: $0) } ?? .issuer
        let named = annotations[ObjectKeys.issuerNameAnnotation].map { IssuerName(kind: kind, name: $0) }
        let name = named?.object(from: secret.metadata.namespace)
        let candidates = all.filter { $0.name.namespace.isEmpty || $0.name.namespace == secret.metadata.namespace }
        if let found = candidates.first(where: { $0.name == name && (directory == nil || directory == $0.spec.server) }) { return found }
        if let directory, let found = candidates.first(where: { $0.spec.server == directory }) { return found }
        let object = "Secret \(secret.metadata.id)"
        if let directory {
            throw OperationFailure(.refused, object, "no issuer asks the CA that issued its certificate", got: directory)
        }
        throw OperationFailure(
            .refused, object, "its certificate came from no ACME CA that is known here, so nobody can be asked to revoke it",
            got: named?.description)
    }

    /// `NAME` or `ClusterIssuer/NAME`, or `Issuer/NAMESPACE/NAME`.
    static func name(_ text: String) -> NamespacedName? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains("") else { return nil }
        switch (parts.count, parts[0]) {
        case (1, _): return NamespacedName(namespace: "", name: parts[0])
        case (2, IssuerName.Kind.clusterIssuer.rawValue): return NamespacedName(namespace: "", name: parts[1])
        case (3, IssuerName.Kind.issuer.rawValue): return NamespacedName(namespace: parts[1], name: parts[2])
        default: return nil
        }
    }

    /// The counterpart of ``name(_:)``.
    static func text(of name: NamespacedName) -> String {
        let kind: IssuerName.Kind = name.namespace.isEmpty ? .clusterIssuer : .issuer
        return "\(kind.rawValue)/\(name)"
    }
}
