import Core
import DNS
import DNSProviders
import FoundationEssentials
import KubernetesAPI
import Synchronization

@testable import Issuance

/// A DNS of one zone in memory, and what a test lets go wrong there.
final class FakeDNS: IssuanceDNS {
    private struct State {
        var records: [String: Set<String>] = [:]
        var done: [String] = []
        var cleanUpFails = false
        var confirmFails = false
        var verdict = CAA.Verdict.allowed("no CAA records")
        var proofs: [String: [String]] = [:]
        var asked: [CAA.Request] = []
    }

    private let state = Mutex(State())

    /// Values by name.
    var records: [String: Set<String>] { state.withLock { $0.records } }
    /// What a CA finds at a name, standing proofs included.
    func values(at name: String) -> [String] {
        state.withLock { state in
            Array(state.records[name] ?? [])
                + state.proofs.filter { "_validation-persist." + $0.key.trimmingPrefix("*.") == name }.flatMap(\.value)
        }
    }

    var done: [String] { state.withLock { $0.done } }
    var asked: [CAA.Request] { state.withLock { $0.asked } }
    func setCleanUpFails(_ fails: Bool) { state.withLock { $0.cleanUpFails = fails } }
    func setConfirmFails(_ fails: Bool) { state.withLock { $0.confirmFails = fails } }
    func setVerdict(_ verdict: CAA.Verdict) { state.withLock { $0.verdict = verdict } }
    func setProof(_ value: String, at name: String) { state.withLock { $0.proofs[name] = [value] } }

    func record(
        of solver: ACMESolver, for domain: DNSName, token: String, keyAuthorization: String
    ) async throws -> ChallengeRecord {
        ChallengeRecord(
            name: try ChallengeRecord.challengeName(of: domain), domain: domain, token: token, keyAuthorization: keyAuthorization)
    }

    func present(_ note: PresentedRecord, permission: SolverPermission, secrets: @escaping SecretEntries) async throws {
        state.withLock {
            $0.records[note.record.name.text, default: []].insert(note.record.value)
            $0.done.append("present \(note.record.name.text)")
        }
    }

    func confirm(_ note: PresentedRecord, of solver: ACMESolver) async throws {
        if state.withLock({ $0.confirmFails }) {
            throw DNSProviderError(.timedOut(.seconds(300), "ns1 does not have it"), "\(note.record.name)")
        }
    }

    func cleanUp(_ note: PresentedRecord, permission: SolverPermission, secrets: @escaping SecretEntries) async throws {
        try state.withLock { state in
            state.done.append("clean up \(note.record.name.text)")
            if state.cleanUpFails { throw DNSProviderError(.unavailable("the provider is down", retryAfter: nil), "\(note.record.name)") }
            state.records[note.record.name.text]?.remove(note.record.value)
            if state.records[note.record.name.text]?.isEmpty == true { state.records[note.record.name.text] = nil }
        }
    }

    func checkSettings(_ solver: DNS01Solver, permission: SolverPermission, secrets: @escaping SecretEntries) async throws {
        if case .unsupported(let name) = solver.provider { throw DNSProviderError(.configuration("not supported"), "dns-01 by \(name)") }
    }

    func caa(_ request: CAA.Request) async -> CAA.Verdict {
        state.withLock {
            $0.asked.append(request)
            return $0.verdict
        }
    }

    func verdict(of rules: DNSPersist01, for domain: DNSName, at now: Date) async throws -> DNSPersist01.Verdict {
        try rules.verdict(state.withLock { $0.proofs[domain.ascii] ?? [] }, for: domain, at: now)
    }
}
