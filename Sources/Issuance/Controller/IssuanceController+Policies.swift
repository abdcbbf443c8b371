public import CALimits
public import Core
internal import FoundationEssentials
internal import KubernetesAPI
public import Policies

extension IssuanceController {
    /// Puts other policies in the place of those in force. What is under way against them is stopped; what is served stays.
    ///
    /// - Parameter limits: What CAs allow, in the place of what counted before; nil to leave that as it is. What is spent stays spent, under
    ///   the name of the limit. Orders that a limit held back are looked at again.
    public func adopt(_ policies: IssuancePolicySet, limits: CALimitsSet? = nil) {
        let now = context.time.now()
        let hasOtherLimits = limits.map { board.adopt($0, at: now) } ?? false
        if hasOtherLimits { plan.releaseQueued() }
        let hasOtherPolicies = plan.adopt(policies, now: now)
        if hasOtherLimits || hasOtherPolicies { pass() }
    }

    /// The decision of the policies about a certificate with its reasons, whether or not one is to be issued now.
    ///
    /// - Parameter issuer: Nil for the issuer that the Ingress or the Certificate names.
    /// - Returns: nil when nobody asks for a certificate in this Secret.
    public func policyExplanation(of secret: NamespacedName, from issuer: IssuerName? = nil) -> PolicyExplanation? {
        guard let desired = plan.wishes.certificates[secret], case .issue(let decided) = desired.wish else { return nil }
        let check = plan.policyCheck
        return check.policies.explanation(of: check.intent(desired, from: issuer ?? decided))
    }

    /// Whether an attempt may order from an issuer now: the certificate is still wanted as it is, and the policies in force allow it.
    func mayOrder(_ target: NamespacedName, _ id: Int, from issuer: IssuerName) -> Bool {
        guard let attempt = running[target], attempt.id == id, !attempt.isCancelled, let item = plan.items[target],
            isWanted(attempt, item)
        else { return false }
        return plan.policyCheck.verdict(on: item.desired, from: issuer) == .allowed
    }
}
