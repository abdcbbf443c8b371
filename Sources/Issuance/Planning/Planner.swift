internal import CALimits
public import Core
public import FoundationEssentials
internal import HashTreeCollections
public import Policies
public import Routing
public import Store

/// Everything that a plan depends on.
public struct PlannerInput: Sendable {
    /// The objects.
    public var objects: ObjectSet
    /// Which Ingresses are served: nothing is ordered for a name that neither a served Ingress nor a Certificate has.
    public var ingressClasses: IngressClassPolicy
    /// What the TLS Secrets hold.
    public var certificates: CertificateVerdicts
    /// What the command line decided.
    public var settings: IssuanceSettings
    /// The records of pending orders and failures by the Secret that they belong to.
    public var records: [NamespacedName: IssuanceRecord]
    /// Who may have which certificate.
    public var policies: IssuancePolicySet
    /// The time.
    public var now: Date

    /// Makes an input.
    public init(
        objects: ObjectSet, ingressClasses: IngressClassPolicy, certificates: CertificateVerdicts, settings: IssuanceSettings,
        records: [NamespacedName: IssuanceRecord], policies: IssuancePolicySet, now: Date
    ) {
        self.objects = objects
        self.ingressClasses = ingressClasses
        self.certificates = certificates
        self.settings = settings
        self.records = records
        self.policies = policies
        self.now = now
    }
}

/// What every Secret that served Ingresses and Certificates name needs.
public struct Plan: Sendable {
    /// One item for each Secret, sorted by name.
    public var items: [CertificateItem]
    /// What does not get what it asks for, sorted by Ingress.
    public var problems: [IngressProblem]
    /// Certificates that do not get what they ask for, sorted.
    public var certificateProblems: [CertificateResourceProblem]
}

/// Decides from objects, certificates and the time which Secrets need what. Pure: the same input gives the same plan.
public enum Planner {
    /// Makes a plan.
    public static func plan(_ input: PlannerInput) -> Plan {
        var wishes = Wishes(ingressClasses: input.ingressClasses, settings: input.settings)
        _ = wishes.apply(input.objects, ChangeSet(isEverything: true))
        let issuers = IssuerCheck(objects: input.objects, settings: input.settings)
        let policies = PolicyCheck(policies: input.policies, objects: input.objects, settings: input.settings)
        let items = wishes.certificates.values.sorted { $0.secret < $1.secret }.map { desired in
            Assessment(
                desired: desired,
                target: TargetSecret(input.objects.secrets[desired.secret], verdict: input.certificates[desired.secret])
                    .claimed(by: desired),
                issuers: issuers, policies: policies, record: input.records[desired.secret], force: nil, now: input.now
            ).item()
        }
        return Plan(items: items, problems: wishes.problems, certificateProblems: wishes.certificateProblems)
    }

    /// The facts without a running process: from the objects and records alone.
    public static func facts(_ input: PlannerInput) -> [CertificateFact] {
        let items = plan(input).items
        var agenda = Agenda()
        for item in items { agenda.set(item, at: input.now) }
        let turns = agenda.turns(at: input.now, budgets: budgets(input))
        return items.map { item in
            var fact = item.fact(isRunning: false, now: input.now)
            if let turn = turns[item.secret] { fact.setTurn(turn) }
            return fact
        }
    }

    private static func budgets(_ input: PlannerInput) -> Budgets {
        var budgets = Budgets(limits: input.settings.caLimits)
        for secret in input.objects.secrets.values {
            if let (directory, ledger) = BudgetSecret.read(secret) { budgets.show(ledger, of: directory, at: input.now) }
        }
        return budgets
    }
}
