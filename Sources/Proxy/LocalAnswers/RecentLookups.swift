internal import NIOCore

/// What was looked up a moment ago, found or not. Two generations: when the younger one is old or full, the older one goes.
struct RecentLookups {
    private var young: [ChallengeQuestion: String?] = [:]
    private var old: [ChallengeQuestion: String?] = [:]
    private var youngSince = NIODeadline.uptimeNanoseconds(0)

    /// How many are remembered.
    var count: Int { young.count + old.count }

    /// What was found, or nil when it was not looked up of late.
    mutating func answer(to question: ChallengeQuestion, now: NIODeadline) -> ChallengeResolver.Outcome? {
        age(now)
        guard let answer = young[question] ?? old[question] else { return nil }
        return answer.map { .known($0) } ?? ChallengeResolver.Outcome.none
    }

    /// Remembers an answer.
    mutating func note(_ question: ChallengeQuestion, _ answer: String?, now: NIODeadline) {
        age(now)
        if young.count >= ChallengeLimits.recentMax / 2 { turn(now) }
        young[question] = .some(answer)
    }

    private mutating func age(_ now: NIODeadline) {
        guard now - youngSince >= ChallengeLimits.recentTime else { return }
        let isAllOld = now - youngSince >= ChallengeLimits.recentTime * 2
        turn(now)
        if isAllOld { old = [:] }
    }

    private mutating func turn(_ now: NIODeadline) {
        old = young
        young = [:]
        youngSince = now
    }
}
