public import Manifests

/// The TLS policies that are known by name: the shipped ones, and those of a folder.
public struct TLSPolicySet: Sendable {
    private var policies: [String: TLSPolicy]

    /// The names, sorted.
    public var names: [String] { policies.keys.sorted() }

    /// The policies that come with the program: `policies/tls` of the source tree.
    public static func shipped() throws(ManifestError) -> TLSPolicySet {
        var set = TLSPolicySet(policies: [:])
        try set.add(PackageResources.modern_yaml, file: "policies/tls/modern.yaml")
        try set.add(PackageResources.intermediate_yaml, file: "policies/tls/intermediate.yaml")
        return set
    }

    /// The policy of a name.
    public subscript(name: String) -> TLSPolicy? { policies[name] }

    /// Adds the TLS policies of a file; one with a name that is known replaces the known one. Other kinds are left alone.
    ///
    /// - Throws: the first error; nothing of the file is then added.
    public mutating func add(_ text: [UInt8], file: String) throws(ManifestError) {
        var added = policies
        for result in ManifestReader.documents(in: text, file: file) {
            let document = try result.get()
            guard document["kind"]?.text == TLSPolicy.kind else { continue }
            let policy = try TLSPolicy(from: document)
            added[policy.name] = policy
        }
        policies = added
    }
}
