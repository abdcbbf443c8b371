internal import Core

/// Reading documents of our own, strictly: a misspelt limit would silently be none.
extension Node {
    /// Checks `apiVersion`.
    package func requireVersion(_ known: String) throws(ManifestError) {
        let version = try requiredString("apiVersion")
        guard version == known else { throw error(at: "apiVersion", "got \"\(Node.shown(version))\", allowed is \"\(known)\"") }
    }

    /// Checks that a mapping has no field but these.
    ///
    /// - Parameter nullAdvice: what to do about a field without a value, which is then an error; nil takes it for absent.
    package func allowOnly(_ known: Set<String>, nullAdvice: String? = nil) throws(ManifestError) {
        for entry in entries {
            guard known.contains(entry.key.text) else {
                throw entry.key.error(
                    "unknown field \"\(Node.shown(entry.key.text))\", allowed are \(known.sorted().joined(separator: ", "))")
            }
            if let nullAdvice, entry.value.kind == .null { throw entry.value.error("the field has no value; \(nullAdvice)") }
        }
    }

    /// The value as one of the words that a type knows.
    package func word<Word: RawRepresentable & CaseIterable>() throws(ManifestError) -> Word where Word.RawValue == String {
        let text = try string()
        guard let word = Word(rawValue: text) else {
            throw error("got \"\(Node.shown(text))\", allowed are \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return word
    }

    /// A field that is one of the words that a type knows; nil when it is absent or null.
    package func word<Word: RawRepresentable & CaseIterable>(_ key: String) throws(ManifestError) -> Word? where Word.RawValue == String {
        try self[key]?.word()
    }

    /// A field that must be there and be one of the words that a type knows.
    package func requiredWord<Word: RawRepresentable & CaseIterable>(_ key: String) throws(ManifestError) -> Word
    where Word.RawValue == String {
        // Tells what is missing from what is empty.
        _ = try requiredString(key)
        guard let word: Word = try word(key) else { throw error(at: key, "the field is missing") }
        return word
    }

    /// Foreign text in an error.
    private static func shown(_ text: String) -> String { text.oneLine(bytesMax: 64) }
}
