internal import Core
internal import FoundationEssentials
internal import PKI

/// What is wrong with the chain in a Secret, although its certificate can be served. Pure.
///
/// Whether anybody trusts the root is another question, which depends on who asks: `certctl inspect` answers it for this machine.
enum ChainReview {
    /// A sentence for each problem; empty for a chain as it should be.
    ///
    /// - Parameter isSignedHere: whether certctl signed it: then it knows that there is nothing between root and certificate.
    static func problems(_ chain: CertificateChain, isSignedHere: Bool, now: Date) -> [String] {
        var problems: [String] = []
        if !isSignedHere, isIncomplete(chain) {
            problems.append(
                "the intermediate certificate \(name(ofIssuer: chain.leaf)) is missing: clients that do not have it already refuse the chain"
            )
        }
        let unrelated = chain.dropped.count { $0.reason == .unrelated }
        if unrelated > 0 {
            let who = unrelated == 1 ? "1 certificate in tls.crt does" : "\(unrelated) certificates in tls.crt do"
            problems.append("\(who) not belong to the chain, and will not be served")
        }
        if chain.isReordered { problems.append("tls.crt has its certificates in the wrong order; certctl serves them in the right one") }
        return problems + chain.certificates.dropFirst().compactMap { outdated($0, leaf: chain.leaf, now: now) }
    }

    /// Whether clients will look for a certificate that is not there. A CA that says where its own certificate is to be found (RFC 5280
    /// §4.2.2.1) is no root that signs leaves itself; of any other it cannot be told.
    private static func isIncomplete(_ chain: CertificateChain) -> Bool {
        guard let last = chain.certificates.last, chain.root == nil else { return false }
        return last == chain.leaf && !last.isSelfIssued && !last.issuerURLs.isEmpty
    }

    private static func outdated(_ certificate: Certificate, leaf: Certificate, now: Date) -> String? {
        let who = "the intermediate certificate \(name(of: certificate))"
        if certificate.notAfter <= now { return "\(who) ended at \(certificate.notAfter.formatted(.iso8601))" }
        if certificate.notBefore > now { return "\(who) begins only at \(certificate.notBefore.formatted(.iso8601))" }
        guard certificate.notAfter < leaf.notAfter else { return nil }
        return "\(who) ends at \(certificate.notAfter.formatted(.iso8601)), before the certificate that it signed"
    }

    private static func name(of certificate: Certificate) -> String { "\"\(certificate.commonName ?? certificate.subject)\"" }
    private static func name(ofIssuer certificate: Certificate) -> String { "\"\(certificate.issuerCommonName ?? certificate.issuer)\"" }
}
