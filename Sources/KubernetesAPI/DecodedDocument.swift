public import Manifests

/// What one object in a manifest came out as.
public enum DecodedDocument: Sendable {
    /// An object of a kind that certctl reads.
    case object(KubernetesObject, line: Int)
    /// A kind that certctl leaves alone: `Deployment.apps`, or `Pod` in the core group.
    case ignored(kind: String)
    /// An object that the API server would refuse; its identity where that could be read.
    case refused(ManifestError, ObjectKey?)

    /// Reads one document: an object, or several when it is a `List`. Objects of a list stand or fall one by one.
    ///
    /// - Parameters:
    ///   - body: called for each object in order; nothing is kept, since a list may hold two million wrong items.
    ///   - ignoring: kinds to leave alone like those that certctl does not know.
    public static func decode(_ root: Node, ignoring: Set<ObjectKind> = [], _ body: (DecodedDocument) -> Void) {
        do throws(ManifestError) {
            guard root.kind == .mapping else { throw root.mismatch("an object") }
            let apiVersion = try root.requiredString("apiVersion")
            decode(root, kind: try root.requiredString("kind"), apiVersion: apiVersion, ignoring, body)
        } catch {
            body(.refused(error, nil))
        }
    }

    private static func decode(
        _ root: Node, kind: String, apiVersion: String, _ ignoring: Set<ObjectKind>, _ body: (DecodedDocument) -> Void
    ) {
        if kind.hasSuffix("List"), root["items"]?.kind == .sequence {
            return decodeItems(of: root, kind: kind, apiVersion: apiVersion, ignoring, body)
        }
        body(decodeObject(root, kind: kind, apiVersion: apiVersion, ignoring))
    }

    private static func decodeObject(
        _ root: Node, kind: String, apiVersion: String, _ ignoring: Set<ObjectKind>
    ) -> DecodedDocument {
        let group = apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : ""
        guard let known = ObjectKind(rawValue: kind), !ignoring.contains(known), group == known.group || isFormerGroup(group, of: known)
        else {
            let name = group.isEmpty ? kind : "\(kind).\(group)"
            return .ignored(kind: String(name.prefix(128)))
        }
        do throws(ManifestError) {
            guard apiVersion == known.apiVersion else {
                throw root.error(at: "apiVersion", "\(apiVersion.prefix(64)) is not served any more, use \(known.apiVersion)")
            }
            return .object(try decode(root, as: known), line: root.line)
        } catch {
            let metadata = try? ObjectMeta(identityOf: root, isClusterScoped: known.isClusterScoped)
            return .refused(error, metadata.map { ObjectKey(kind: known, name: $0.id) })
        }
    }

    /// `kind: List`, and the lists of one kind that the API server answers with, whose items have no kind of their own.
    private static func decodeItems(
        of root: Node, kind: String, apiVersion: String, _ ignoring: Set<ObjectKind>, _ body: (DecodedDocument) -> Void
    ) {
        let itemKind = kind == "List" ? nil : String(kind.dropLast("List".count))
        root["items"]?.forEachIndependentElement { item in
            if let itemKind, item.kind == .mapping, item["kind"] == nil {
                decode(item, kind: itemKind, apiVersion: apiVersion, ignoring, body)
            } else {
                decode(item, ignoring: ignoring, body)
            }
        }
    }

    /// Ingress was born in `extensions`; such a manifest needs a word, not silence.
    private static func isFormerGroup(_ group: String, of kind: ObjectKind) -> Bool {
        switch kind {
        case .ingress: group == "extensions"
        case .issuer, .clusterIssuer, .certificate: group == "certmanager.k8s.io"
        case .ingressClass, .service, .endpointSlice, .namespace, .secret, .configMap: false
        }
    }

    private static func decode(_ root: Node, as kind: ObjectKind) throws(ManifestError) -> KubernetesObject {
        switch kind {
        case .ingress: .ingress(try Ingress(from: root))
        case .ingressClass: .ingressClass(try IngressClass(from: root))
        case .service: .service(try Service(from: root))
        case .endpointSlice: .endpointSlice(try EndpointSlice(from: root))
        case .namespace: .namespace(try Namespace(from: root))
        case .secret: .secret(try Secret(from: root))
        case .configMap: .configMap(try ConfigMap(from: root))
        case .issuer: .issuer(try Issuer(from: root, scope: .namespaced))
        case .clusterIssuer: .issuer(try Issuer(from: root, scope: .cluster))
        case .certificate: .certificate(try CertificateResource(from: root))
        }
    }
}
