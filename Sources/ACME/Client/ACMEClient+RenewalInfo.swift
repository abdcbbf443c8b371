internal import Core
internal import FoundationEssentials
public import PKI

extension ACMEClient {
    /// When the CA would like a certificate to be renewed. RFC 9773 §4.1: a plain GET, since the answer is nobody's secret.
    ///
    /// - Returns: nil when the CA has no renewal information at all.
    /// - Throws: ``ACMEError``; a certificate that the CA does not know is `refused` with status 404.
    public func renewalInfo(for certificate: ARICertificateID) async throws(ACMEError) -> RenewalInfo? {
        guard try await directory().renewalInfo != nil else { return nil }
        let subject = "renewalInfo of \(certificate)"
        let response = try await located({ $0.renewalInfo }, named: "renewalInfo", subject: subject) { (base) throws(ACMEError) in
            let url = base + (base.hasSuffix("/") ? "" : "/") + certificate.text
            return try await self.get(try self.policy.check(url, "the URL", subject: subject), subject: subject)
        }
        let object = try AnswerReader.object(RenewalInfoObject.self, in: response, subject: subject)
        let wait = retryAfter(response) ?? ACMELimits.renewalInfoRetryDefault
        let clamped = min(max(wait, ACMELimits.renewalInfoRetryMin), ACMELimits.renewalInfoRetryMax)
        guard let info = object.info(retryAfter: clamped) else {
            let window = object.suggestedWindow
            throw .malformed(
                subject, "the window is unusable: from \"\(window.start.prefix(64))\" to \"\(window.end.prefix(64))\"",
                status: response.status)
        }
        return info
    }
}
