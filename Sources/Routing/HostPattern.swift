package import Core

/// The host of an Ingress rule or of a `tls` section in the form that ``HostMap`` keeps.
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
}
