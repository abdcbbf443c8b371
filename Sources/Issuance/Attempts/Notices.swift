internal import Synchronization

/// What an attempt finds worth knowing although nothing failed, each sentence once.
final class Notices: Sendable {
    private let sentences: Mutex<[String]> = Mutex([])

    /// Adds a sentence; beyond ``IssuanceLimits/noticesMax`` it is dropped.
    func add(_ sentence: String) {
        let line = ShownText.line(sentence, bytesMax: 1024)
        sentences.withLock { sentences in
            if sentences.count < IssuanceLimits.noticesMax, !sentences.contains(line) { sentences.append(line) }
        }
    }

    var all: [String] { sentences.withLock(\.self) }
}
