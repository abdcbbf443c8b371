internal import Core
internal import KubernetesAPI

/// Who an Ingress wants its certificates from.
enum IssuerChoice: Hashable, Sendable {
    /// It names the issuer.
    case named(IssuerName)
    /// It does not, and the default applies.
    case byDefault(IssuerName)
    /// It does not, and there is no default: its Secrets are somebody else's business.
    case none
    /// It contradicts itself, or asks for what is not there.
    case refused(BadConfig)

    /// Reads the annotations of an Ingress, cert-manager's rules (ingress-shim):
    /// both issuer annotations, or an issuer of another group, are refused; `kubernetes.io/tls-acme` means the default issuer.
    ///
    /// Beyond cert-manager: `--default-issuer` also serves an Ingress without any annotation, unless `tls-acme` is `"false"`.
    init(annotations: [String: String], defaultIssuer: IssuerName?) {
        let issuer = annotations[ObjectKeys.issuerAnnotation].flatMap { $0.isEmpty ? nil : $0 }
        let clusterIssuer = annotations[ObjectKeys.clusterIssuerAnnotation].flatMap { $0.isEmpty ? nil : $0 }
        let kind = annotations[ObjectKeys.issuerKindOnIngressAnnotation]
        let group = annotations[ObjectKeys.issuerGroupAnnotation]
        switch (issuer, clusterIssuer) {
        case (.some, .some):
            self = .refused(
                BadConfig("both \(ObjectKeys.issuerAnnotation) and \(ObjectKeys.clusterIssuerAnnotation) are set; only one may be"))
        case (nil, let name?):
            if kind != nil || group != nil {
                self = .refused(BadConfig("\(ObjectKeys.clusterIssuerAnnotation) allows no issuer-kind and no issuer-group beside it"))
            } else {
                self = .named(IssuerName(kind: .clusterIssuer, name: name))
            }
        case (let name?, nil):
            self = Self.named(name, kind: kind, group: group)
        case (nil, nil):
            self = Self.unnamed(tlsACME: annotations[ObjectKeys.tlsACMEAnnotation], defaultIssuer: defaultIssuer)
        }
    }

    static func named(_ name: String, kind: String?, group: String?) -> IssuerChoice {
        if let group, group != ObjectKeys.issuerGroup {
            // Another controller's issuer: it will write the Secret, we must not.
            return .none
        }
        guard let kind = IssuerName.Kind(rawValue: kind ?? IssuerName.Kind.issuer.rawValue) else {
            return .refused(BadConfig("issuer kind \"\((kind ?? "").prefix(64))\" is neither Issuer nor ClusterIssuer"))
        }
        return .named(IssuerName(kind: kind, name: name))
    }

    private static func unnamed(tlsACME: String?, defaultIssuer: IssuerName?) -> IssuerChoice {
        switch (tlsACME.flatMap(parseBool), defaultIssuer) {
        case (false?, _): return .none
        case (_, let issuer?): return .byDefault(issuer)
        case (true?, nil):
            return .refused(BadConfig("\(ObjectKeys.tlsACMEAnnotation) asks for the default issuer, but --default-issuer is not set"))
        case (nil, nil): return .none
        }
    }

    /// Go's `strconv.ParseBool`, which cert-manager applies to this annotation; anything else is as if it were absent.
    private static func parseBool(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "TRUE", "true", "True": true
        case "0", "f", "F", "FALSE", "false", "False": false
        default: nil
        }
    }
}
