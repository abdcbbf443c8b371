/// The annotations of an Ingress that certctl follows.
public enum IngressAnnotations {
    /// Their names: cert-manager's choice of issuer and its options of a certificate, as far as they have a meaning here.
    public static let followed: Set<String> = [
        ObjectKeys.issuerAnnotation, ObjectKeys.clusterIssuerAnnotation, ObjectKeys.issuerKindOnIngressAnnotation,
        ObjectKeys.issuerGroupAnnotation, ObjectKeys.tlsACMEAnnotation, ObjectKeys.keyAlgorithmAnnotation, ObjectKeys.keySizeAnnotation,
        ObjectKeys.durationAnnotation, ObjectKeys.renewBeforeAnnotation,
    ]
}
