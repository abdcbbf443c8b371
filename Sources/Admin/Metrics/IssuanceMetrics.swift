internal import CALimits
public import Issuance
public import Telemetry

/// How busy issuance is and what CAs still allow, as metrics: cert-manager's names where it has some, our own for the rest.
public struct IssuanceMetrics: Sendable {
    private let numbers: IssuanceNumbers
    private let serving: ServingMetrics

    /// Metrics of these numbers.
    ///
    /// - Parameter serving: counts the updates of the store, which is what issuance works on.
    public init(_ numbers: IssuanceNumbers, serving: ServingMetrics) {
        self.numbers = numbers
        self.serving = serving
    }

    /// Writes all of them.
    public func write(to writer: inout MetricsWriter) {
        writeCalls(to: &writer)
        writeQueue(to: &writer)
        writeBudgets(to: &writer)
        writeChallenges(to: &writer)
    }

    /// cert-manager has a controller for each kind of object. Two of ours do the same as two of those.
    private func writeCalls(to writer: inout MetricsWriter) {
        let shim = MetricLabels([("controller", "ingress-shim")])
        let issuing = MetricLabels([("controller", "certificates-issuing")])
        writer.begin(
            MetricFamily(
                "certmanager_controller_sync_call_count", .counter,
                "Updates of the store that were taken over (ingress-shim), and attempts to issue that ended (certificates-issuing)."))
        writer.sample(shim, serving.updates)
        writer.sample(issuing, numbers.outcomes.all)
        writer.begin(
            MetricFamily(
                "certmanager_controller_sync_error_count", .counter,
                "Updates with documents that could not be read (ingress-shim), and attempts that failed (certificates-issuing)."))
        writer.sample(shim, serving.updatesWithProblems)
        writer.sample(issuing, numbers.outcomes.failed)
    }

    private func writeQueue(to writer: inout MetricsWriter) {
        let outcomes = numbers.outcomes
        writer.begin(MetricFamily("certctl_issuances_total", .counter, "Attempts to issue a certificate, by how they ended."))
        for (name, count) in [
            ("issued", outcomes.issued), ("failed", outcomes.failed), ("postponed", outcomes.postponed), ("cancelled", outcomes.cancelled),
            ("not_needed", outcomes.notNeeded),
        ] {
            writer.sample(MetricLabels([("outcome", name)]), count)
        }
        one(
            "certctl_issuances_active", "Attempts to issue under way, and removals of what former ones have left.", numbers.running, &writer
        )
        one("certctl_issuances_active_max", "How many there may be.", numbers.runningMax, &writer)
        one(
            "certctl_issuance_queue_length", "Certificates that wait for their turn, those that a limit of a CA holds back included.",
            numbers.queued, &writer)
    }

    private func writeBudgets(to writer: inout MetricsWriter) {
        let budgets = Self.budgets(numbers.budgets)
        func write(_ name: String, _ help: String, _ value: KeyPath<Budget, Int>) {
            writer.begin(MetricFamily(name, .gauge, help))
            for budget in budgets { writer.sample(budget.labels, UInt64(max(budget[keyPath: value], 0))) }
        }
        write(
            "certctl_ca_budget_remaining",
            "What is left of a limit of a CA, by our own count; of one for each domain, host or set of names, where least is left.",
            \.remaining)
        write("certctl_ca_budget_max", "What such a limit allows at once.", \.allowed)
        write(
            "certctl_ca_budget_exhausted", "Accounts, domains, hosts or sets of names of which a limit lets nothing through.", \.exhausted)
        writer.begin(
            MetricFamily("certctl_ca_refusals", .gauge, "Moments named by a CA (429) before which it does not want to be asked."))
        for (directory, refusals) in Dictionary(grouping: numbers.budgets.refusals, by: \.directory).sorted(by: { $0.key < $1.key }) {
            writer.sample(MetricLabels([("directory", directory)]), UInt64(refusals.count))
        }
    }

    /// What is left of one limit, for one account or for everybody.
    private struct Budget {
        let labels: MetricLabels
        var remaining: Int
        let allowed: Int
        var exhausted = 0
    }

    /// There are as many domains, hosts and sets of names as certificates, so these become one number for each limit. The report has those
    /// first of which most is spent, whatever it leaves out.
    private static func budgets(_ report: BudgetReport) -> [Budget] {
        var budgets: [Budget] = []
        var known: [MetricLabels: Int] = [:]
        for entry in report.entries {
            let account = entry.scope == CALimit.Scope.account.rawValue ? entry.key : ""
            let labels = MetricLabels([("account", account), ("directory", entry.directory), ("limit", entry.limit)])
            let index = known[labels] ?? budgets.count
            if index == budgets.count {
                known[labels] = index
                budgets.append(Budget(labels: labels, remaining: entry.left, allowed: entry.allowed))
            }
            budgets[index].remaining = min(budgets[index].remaining, entry.left)
            if entry.left == 0 { budgets[index].exhausted += 1 }
        }
        return budgets
    }

    private func writeChallenges(to writer: inout MetricsWriter) {
        writer.begin(MetricFamily("certmanager_certificate_challenge_status", .gauge, "Where challenges of orders under way stand."))
        for challenge in numbers.challenges {
            let labels = MetricLabels([
                ("domain", challenge.domain), ("name", challenge.secretName), ("namespace", challenge.namespace),
                ("processing", challenge.state == .errored ? "false" : "true"), ("reason", challenge.reason), ("type", challenge.type),
            ])
            for (status, label) in zip(Self.statuses, Self.statusLabels) {
                writer.sample(labels, label, status == challenge.state.rawValue ? 1.0 : 0)
            }
        }
    }

    private func one(_ name: String, _ help: String, _ value: Int, _ writer: inout MetricsWriter) {
        writer.begin(MetricFamily(name, .gauge, help))
        writer.sample(.none, UInt64(max(value, 0)))
    }

    /// All that cert-manager's Challenges may be in; ours are gone when they are met or have failed.
    private static let statuses = ["ready", "valid", "errored", "expired", "invalid", "processing", "", "pending"]
    private static let statusLabels = statuses.map { MetricLabels([("status", $0)]) }
}
