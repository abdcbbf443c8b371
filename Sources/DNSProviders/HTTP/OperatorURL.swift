internal import Core

/// URLs that an operator writes into an issuer.
enum OperatorURL {
    /// A URL with a path added; one slash between them.
    ///
    /// - Throws: `.configuration` when it is not an http or https URL with nothing behind its path.
    static func joined(_ base: String, _ path: String, field: String, _ secrets: SecretReader) throws(DNSProviderError) -> String {
        let rest = ["https://", "http://"].first { base.lowercased().hasPrefix($0) }.map { base.dropFirst($0.utf8.count) }
        guard let rest, let first = rest.utf8.first, first != UInt8(ascii: "/"), base.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            !rest.contains("?"), !rest.contains("#")
        else { throw secrets.misconfigured("\(field): not an http:// or https:// URL without query") }
        // User information would be shown with the URL in places that do not expect a password there.
        guard !(rest.prefix { $0 != "/" }.contains("@")) else {
            throw secrets.misconfigured("\(field): user and password cannot be part of the URL")
        }
        var base = base
        while base.hasSuffix("/") { base.removeLast() }
        return base + path
    }
}

extension ProviderAPI {
    /// Foreign text in quotes, cut.
    static func quoted(_ text: String) -> String { "\"\(text.oneLine(bytesMax: 64))\"" }
}
