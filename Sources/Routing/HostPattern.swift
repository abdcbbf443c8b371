package import Core

/// The host of an Ingress rule or of a `tls` section: as text, and in the form that ``HostMap`` keeps.
package enum HostPattern {
    /// The pattern that applies to every host.
    package static let every = ""

    /// Normalises what a manifest says.
    ///
    /// - Returns: a name or `*.` and a name in lower-case A-labels; ``every`` for nil or nothing.
    /// - Throws: why it is not a host; addresses and ports are refused (Kubernetes API, `IngressRule.host`).
    package static func parse(_ text: String?) throws(DNSNameError) -> String {
        guard let text, !text.isEmpty else { return every }
        return try DNSName(parsing: text).ascii
    }

    /// The pattern as ``HostMap`` keeps it: a wildcard without its asterisk. No request's host can look like that, because
    /// ``RequestHost`` refuses an empty label.
    package static func stored(_ pattern: String) -> [UInt8] {
        Array(pattern.hasPrefix("*.") ? pattern.utf8.dropFirst() : pattern.utf8[...])
    }

    /// The inverse of ``stored(_:)``.
    package static func text(_ stored: [UInt8]) -> String {
        (stored.first == UInt8(ascii: ".") ? "*" : "") + String(decoding: stored, as: UTF8.self)
    }
}
