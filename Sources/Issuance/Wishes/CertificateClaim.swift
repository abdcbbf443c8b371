internal import Core
internal import KubernetesAPI

/// What one Ingress wants of one Secret, all its `tls` entries with that secretName together; or what one Certificate wants.
struct CertificateClaim: Sendable {
    let metadata: ObjectMeta
    let choice: IssuerChoice
    let options: CertificateOptions
    /// Hosts as written, of all entries.
    var hosts: [String]

    /// What a Certificate wants on the Secret beside the certificate.
    var secretTemplate = CertificateSpec.SecretTemplate()
    /// For a Certificate that an Ingress made: that Ingress.
    var owningIngress: NamespacedName?

    /// The Ingress or the Certificate.
    var claimant: NamespacedName { metadata.id }

    /// The claims of one Ingress by secret name, and its entries that are skipped.
    static func claims(of ingress: Ingress, defaultIssuer: IssuerName?) -> (claims: [String: CertificateClaim], problems: [IngressProblem])
    {
        guard !ingress.spec.tls.isEmpty else { return ([:], []) }
        let metadata = ingress.metadata
        let identity = metadata.id
        var (choice, options) = wish(of: metadata, defaultIssuer: defaultIssuer)
        var problems: [IngressProblem] = []
        if case .refused(let badConfig) = choice {
            problems.append(IngressProblem(ingress: identity.description, secretName: nil, message: badConfig.message))
            options = CertificateOptions()
        }
        var claims: [String: CertificateClaim] = [:]
        for (index, entry) in ingress.spec.tls.enumerated() {
            guard let secretName = entry.secretName, !secretName.isEmpty else {
                if choice.isAsking {
                    problems.append(skipped(identity, index, nil, "has no secretName"))
                }
                continue
            }
            if entry.hosts.isEmpty, choice.isAsking {
                problems.append(skipped(identity, index, secretName, "has no hosts"))
            }
            let claim = CertificateClaim(metadata: metadata, choice: choice, options: options, hosts: [])
            claims[secretName, default: claim].hosts += entry.hosts
        }
        return (claims, problems)
    }

    private static func wish(of metadata: ObjectMeta, defaultIssuer: IssuerName?) -> (IssuerChoice, CertificateOptions) {
        let choice = IssuerChoice(annotations: metadata.annotations, defaultIssuer: defaultIssuer)
        guard choice.isAsking else { return (choice, CertificateOptions()) }
        do throws(BadConfig) {
            return (choice, try CertificateOptions(annotations: metadata.annotations))
        } catch {
            return (.refused(error), CertificateOptions())
        }
    }

    private static func skipped(_ ingress: NamespacedName, _ index: Int, _ secretName: String?, _ what: String) -> IngressProblem {
        IngressProblem(ingress: ingress.description, secretName: secretName, message: "tls[\(index)] \(what), so the entry is skipped")
    }
}

extension IssuerChoice {
    /// Whether a certificate is asked for, by name or by default.
    var isAsking: Bool {
        switch self {
        case .named, .byDefault: true
        case .none, .refused: false
        }
    }
}
