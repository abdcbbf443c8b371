internal import Core
internal import KubernetesAPI

/// Text that is never printed: tokens, passwords, keys.
struct SecretText: Sendable, CustomStringConvertible, CustomReflectable {
    let text: String

    init(_ text: String) { self.text = text }

    var description: String { "<redacted>" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Reads the entries of Secrets that a solver names, and says which one is to blame.
struct SecretReader {
    let provider: String
    let read: @Sendable (SecretKeySelector) async throws -> [UInt8]

    /// The bytes of an entry.
    func bytes(_ field: String, _ reference: SecretKeySelector) async throws(DNSProviderError) -> [UInt8] {
        let bytes: [UInt8]
        do {
            bytes = try await read(reference)
        } catch {
            throw misconfigured("\(field): \("\(error)".oneLine(bytesMax: DNSProvidersLimits.wordsBytesMax))")
        }
        guard !bytes.isEmpty else { throw misconfigured("\(field): the entry \(reference.key) of Secret \(reference.name) is empty") }
        guard bytes.count <= DNSProvidersLimits.secretBytesMax else {
            throw misconfigured(
                "\(field): the entry \(reference.key) of Secret \(reference.name) has \(bytes.count) bytes, at most"
                    + " \(DNSProvidersLimits.secretBytesMax) are read")
        }
        return bytes
    }

    /// An entry that goes into a header field or a signature: printable ASCII without the white space around it, which editors leave.
    func token(_ field: String, _ reference: SecretKeySelector) async throws(DNSProviderError) -> SecretText {
        let bytes = try await bytes(field, reference)
        let isSpace: (UInt8) -> Bool = { $0 == 0x20 || (0x09...0x0D).contains($0) }
        let text = bytes.drop(while: isSpace)
        let end = text.lastIndex { !isSpace($0) }.map { $0 + 1 } ?? text.startIndex
        let token = text[text.startIndex..<max(text.startIndex, end)]
        guard !token.isEmpty, token.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw misconfigured("\(field): the entry \(reference.key) of Secret \(reference.name) is not one line of printable ASCII")
        }
        return SecretText(String(decoding: token, as: UTF8.self))
    }

    /// An error about the settings.
    func misconfigured(_ words: String) -> DNSProviderError { DNSProviderError(.configuration(words), "dns-01 by \(provider)") }
}
