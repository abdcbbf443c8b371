/// How far this process is: what `/readyz` and the startup probe say.
struct Readiness: Sendable {
    /// Whether the store has given everything that it has once.
    var hasObjects = false
    /// Whether the listeners are open; so is a process without any once it has its objects.
    var isListening = false
    /// Whether it takes no new connections any more.
    var isDraining = false

    /// Whether it serves what the store says.
    var isReady: Bool { missing(waitingFor: []).isEmpty }

    /// Whether it ever did.
    var hasStarted: Bool { hasObjects && isListening }

    /// What is missing, a line each.
    ///
    /// - Parameter waitingFor: the kinds of objects that are still to come, as far as that is known.
    func missing(waitingFor: [String]) -> [String] {
        if isDraining { return ["the process is ending: it takes no new connections"] }
        if !hasObjects {
            return waitingFor.isEmpty
                ? ["the first complete set of objects has not been read"]
                : waitingFor.map { "\($0) have not been read completely" }
        }
        return isListening ? [] : ["the listeners are not open"]
    }
}
