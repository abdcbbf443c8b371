internal import ACME
internal import Core
internal import Synchronization

/// The challenges of all orders under way, for whoever wants to see them: behind a lock, since attempts run on any thread.
final class ChallengeProgress: Sendable {
    private struct Key: Hashable {
        let target: NamespacedName
        let type: ChallengeType
        let domain: String

        init(_ challenge: PresentedChallenge, _ target: NamespacedName) {
            self.target = target
            type = challenge.type
            // A name and the wildcard over it may both be proved in the DNS at the same time.
            domain = (challenge.isWildcard ? "*." : "") + challenge.identifier.value
        }
    }

    private let challenges = Mutex<[Key: ChallengeFact]>([:])

    /// As of now, sorted.
    var facts: [ChallengeFact] {
        challenges.withLock { Array($0.values) }.sorted {
            ($0.namespace, $0.secretName, $0.domain, $0.type) < ($1.namespace, $1.secretName, $1.domain, $1.type)
        }
    }

    /// Notes where a challenge stands.
    func set(_ state: ChallengeFact.State, _ challenge: PresentedChallenge, of target: NamespacedName, reason: String = "") {
        let key = Key(challenge, target)
        challenges.withLock { challenges in
            // Beyond: not shown. Nothing depends on it.
            guard challenges[key] != nil || challenges.count < Self.challengesMax else { return }
            challenges[key] = ChallengeFact(
                namespace: target.namespace, secretName: target.name, domain: key.domain, type: challenge.type.rawValue, state: state,
                reason: ShownText.line(reason, bytesMax: Self.reasonBytesMax))
        }
    }

    /// The challenge is not there any more.
    func remove(_ challenge: PresentedChallenge, of target: NamespacedName) {
        challenges.withLock { $0[Key(challenge, target)] = nil }
    }

    /// Nobody works on a Secret any more.
    func removeAll(of target: NamespacedName) {
        challenges.withLock { challenges in
            guard !challenges.isEmpty else { return }
            challenges = challenges.filter { $0.key.target != target }
        }
    }

    /// As many as twenty orders of fifty names have.
    static let challengesMax = 1000
    /// What fits on a line of a table.
    private static let reasonBytesMax = 200
}
