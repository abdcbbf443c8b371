package import CALimits
internal import Core
internal import KubernetesAPI
internal import PKI

/// The order that a due certificate would need, as far as the limits of its CA look at it.
package struct PlannedOrder: Hashable, Sendable {
    /// The CA.
    package var directory: String
    /// What would be ordered.
    package var intent: OrderIntent

    /// Describes an order.
    package init(directory: String, intent: OrderIntent) {
        self.directory = directory
        self.intent = intent
    }

    /// What an issuer would be asked for.
    init(
        _ spec: ACMEIssuerSpec, issuer: NamespacedName, settings: IssuanceSettings, desired: DesiredCertificate, target: TargetSecret
    ) {
        let names = desired.names.all
        let isFromThere = target.ownership == .ours && target.directory == spec.server
        let replaced = isFromThere ? target.leaf?.certificate.flatMap { ARICertificateID($0) } : nil
        self.init(
            directory: spec.server,
            intent: OrderIntent(
                account: PlannedOrder.account(spec, issuer: issuer, settings), names: names, isARIRenewal: replaced != nil,
                hasSameNames: isFromThere && target.requestedNames == Set(names)))
    }
    /// What an issuer's account is known by: the Secret of its key. It is known before the CA is asked, and stays the same as long as the
    /// account does.
    static func account(_ spec: ACMEIssuerSpec, issuer: NamespacedName, _ settings: IssuanceSettings) -> String {
        NamespacedName(namespace: settings.resourceNamespace(of: issuer), name: spec.privateKeySecretRef.name).description
    }
}
