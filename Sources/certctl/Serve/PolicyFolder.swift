internal import ArgumentParser
internal import Manifests
internal import Policies

/// The policies that `--policies` adds to the shipped ones.
enum PolicyFolder {
    /// The TLS policy of a name.
    ///
    /// - Throws: when the folder cannot be read, one of its documents is wrong (nothing starts with half a policy), or there is no such name.
    static func tlsPolicy(named name: String, folder: String?) throws -> TLSPolicy {
        var policies = try TLSPolicySet.shipped()
        for file in try folder.map({ try ManifestFiles.files(at: $0, flag: "--policies") }) ?? [] {
            do {
                try policies.add(try FileContent.bytes(of: file, bytesMax: ManifestLimits.fileBytesMax), file: file)
            } catch let error as ManifestError {
                throw CommandFailure(error.description)
            }
        }
        guard let policy = policies[name] else {
            throw ValidationError("--tls-profile is \"\(name)\"; there are \(policies.names.joined(separator: ", "))")
        }
        return policy
    }
}
