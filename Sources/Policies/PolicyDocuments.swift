internal import Core
public import Manifests

/// The documents of all places where policies are kept, read as a whole: with one error nothing of it counts, so that no half of what was
/// meant is ever in force.
///
/// Policies about issuing are read here; those of other kinds belong to their own readers (``TLSPolicySet``), and only their names are
/// looked at.
public struct PolicyDocuments: Sendable {
    /// One text with documents.
    public struct Source: Hashable, Sendable {
        /// How errors call it. The suffix `.json` makes it JSON; everything else is YAML.
        public var file: String
        /// The text.
        public var bytes: [UInt8]

        /// Names a text.
        public init(file: String, bytes: [UInt8]) {
            self.file = file
            self.bytes = bytes
        }
    }

    /// The policies about issuing; empty when nobody gave any.
    public private(set) var issuance: [IssuancePolicy] = []
    /// No documents.
    public init() {}

    /// Reads texts.
    ///
    /// - Parameter otherKinds: kinds that somebody else reads.
    /// - Throws: the first error in the order of the files. A document of a kind that is not known is one: it was meant to be a policy. So
    ///   are two documents of one kind and name.
    public init(reading sources: [Source], otherKinds: Set<String> = []) throws(ManifestError) {
        var places: [String: String] = [:]
        for source in sources {
            for result in ManifestReader.documents(in: source.bytes, file: source.file) {
                let document = try result.get()
                guard document.kind == .mapping else { throw document.mismatch("a policy") }
                let kind = try document.requiredString("kind")
                switch kind {
                case IssuancePolicy.kind: issuance.append(try IssuancePolicy(from: document))
                case _ where otherKinds.contains(kind): break
                default:
                    let known = otherKinds.union([IssuancePolicy.kind]).sorted().joined(separator: ", ")
                    throw document.error(at: "kind", "got \"\(kind.oneLine(bytesMax: 64))\", allowed are \(known)")
                }
                guard let name = try document.mapping("metadata")?.string("name") else { continue }
                let place = "\(document.file):\(document.line)"
                if let former = places.updateValue(place, forKey: "\(kind)/\(name)") {
                    throw document.error(at: "metadata", "\(kind) \(name.oneLine(bytesMax: 64)) is also at \(former)")
                }
            }
        }
        guard issuance.count <= PolicyLimits.policiesMax else {
            throw ManifestError(
                file: sources.first?.file ?? "", document: 1, line: 1, column: 1,
                message: "there are \(issuance.count) policies, the limit is \(PolicyLimits.policiesMax)")
        }
    }

    /// The policies about issuing that are in force: the shipped ``IssuancePolicySet/permissive`` as long as nobody gave any.
    public var issuancePolicies: IssuancePolicySet {
        issuance.isEmpty ? .permissive : IssuancePolicySet(issuance)
    }
}

extension IssuancePolicySet {
    /// The shipped default, `policies/issuance/permissive.yaml`: everything is allowed.
    public static let permissive = shipped(PackageResources.permissive_yaml, file: "policies/issuance/permissive.yaml")

    /// A strict example for several tenants, `policies/issuance/tenants.yaml`.
    public static let tenantsExample = shipped(PackageResources.tenants_yaml, file: "policies/issuance/tenants.yaml")

    private static func shipped(_ bytes: [UInt8], file: String) -> IssuancePolicySet {
        do throws(ManifestError) {
            return IssuancePolicySet(try PolicyDocuments(reading: [PolicyDocuments.Source(file: file, bytes: bytes)]).issuance)
        } catch {
            return .unknown("\(error)")
        }
    }
}
