internal import Alerts
internal import Core
internal import Issuance

extension ControlPlane {
    /// What the rules of alerts look at; nil before everything that there is has been read, and once the process drains.
    func alertInput() async -> AlertInput? {
        guard isReady else { return nil }
        let certificates = await facts().facts
        let issuers = await issuance.issuerFacts()
        return AlertInput(certificates: certificates, issuers: issuers, now: time.now())
    }
}
