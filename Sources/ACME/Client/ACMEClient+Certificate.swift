internal import PKI

extension ACMEClient {
    /// A downloaded chain.
    public struct CertificateAnswer: Sendable {
        /// PEM, leaf first, as the CA sent it; not checked yet.
        public let chainPEM: [UInt8]
        /// The URLs of other chains for the same leaf. RFC 8555 §7.4.2.
        public let alternates: [String]
    }

    /// Downloads a certificate chain. RFC 8555 §7.4.2. Whether it is what was ordered, ``CertificateCheck`` says.
    public func certificate(at url: String, account: ACMEAccount) async throws(ACMEError) -> CertificateAnswer {
        let subject = "certificate \(url)"
        let mediaType = "application/pem-certificate-chain"
        let response = try await postAsGet(
            url, account: account, subject: subject, accept: mediaType, bodyBytesMax: ACMELimits.certificateBytesMax)
        if let got = response.mediaType, got != mediaType {
            throw .malformed(subject, "expected \(mediaType), got \(got)", status: response.status)
        }
        let alternates = LinkHeader.targets(relation: "alternate", in: response.headerLines("Link"))
        // An unusable alternate is no reason to lose the certificate.
        let usable = alternates.filter { (try? policy.check($0, "alternate", subject: subject)) != nil }
        return CertificateAnswer(chainPEM: response.body, alternates: Array(usable.prefix(ACMELimits.alternatesMax)))
    }
}
