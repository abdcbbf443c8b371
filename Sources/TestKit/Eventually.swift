/// Waits until a condition holds, looking every few milliseconds.
///
/// - Returns: false when it did not hold within this time.
public func eventually(
    within limit: Duration = .seconds(10), isolation: isolated (any Actor)? = #isolation, _ holds: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = ContinuousClock.now.advanced(by: limit)
    repeat {
        if try await holds() { return true }
        try? await Task.sleep(for: .milliseconds(10))
    } while ContinuousClock.now < deadline
    return try await holds()
}
