internal import Core
internal import FoundationEssentials
internal import Issuance

/// Waits for renewals to end.
struct RenewalWait {
    let operations: any Operations
    let deadline: ContinuousClock.Instant

    /// How each of them ended, in their order.
    func results(of items: [RenewalAnswer.Item]) async throws -> [RenewalResult] {
        var results: [RenewalResult] = []
        for item in items {
            guard let before = item.before else {
                results.append(RenewalResult(begun: item))
                continue
            }
            results.append(try await result(of: item.secret, before))
        }
        return results
    }

    private func result(of secret: String, _ before: CertificateFact) async throws -> RenewalResult {
        while true {
            let now = try await operations.fact(of: before.secret)
            if let result = RenewalResult(secret: secret, before: before, now: now) { return result }
            let waits = now?.queuedUntil.map { "; its turn comes at \($0.rfc3339): \(now?.queueReason ?? "a limit of the CA")" }
            guard ContinuousClock.now < deadline else {
                return RenewalResult(
                    secret: secret, .unfinished, message: "it is still \(now?.state.rawValue ?? "unknown")" + (waits ?? ""))
            }
            try await Task.sleep(for: operations.lookPeriod)
        }
    }
}
