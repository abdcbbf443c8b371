public import CALimits
internal import Core
internal import HashTreeCollections
internal import KubernetesAPI
internal import Store

extension IssuanceController {
    /// What is spent of the limits of CAs, as the ledgers say now; in a process that does not lead, as the store shows them.
    public func budgetReport() -> BudgetReport {
        board.budgets.report(accounts: plan.issuers.accounts, at: context.time.now())
    }
}

extension IssuerCheck {
    /// The accounts that issuers order with.
    var accounts: [BudgetReport.Account] {
        var issuersByAccount: [BudgetReport.Account: [String]] = [:]
        for (name, issuer) in objects.issuers {
            guard case .acme(let spec) = issuer.spec else { continue }
            let account = BudgetReport.Account(directory: spec.server, account: PlannedOrder.account(spec, issuer: name, settings))
            issuersByAccount[account, default: []].append(name.namespace.isEmpty ? "ClusterIssuer \(name.name)" : "Issuer \(name)")
        }
        return issuersByAccount.map { account, issuers in
            BudgetReport.Account(directory: account.directory, account: account.account, issuers: issuers.sorted())
        }
    }
}
