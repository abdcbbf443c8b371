internal import ArgumentParser
internal import Core
internal import Manifests
internal import Policies

/// The folder that `--policies` names.
enum PolicyFolder {
    /// The files in it.
    ///
    /// - Throws: ``CommandFailure`` when something in it cannot be read: nothing starts with half of the policies.
    static func sources(at path: String) throws -> [PolicyDocuments.Source] {
        var sources: [PolicyDocuments.Source] = []
        var bytesLeft = bytesMax
        for file in try ManifestFiles.files(at: path, flag: "--policies") {
            let bytes = try FileContent.bytes(of: file, bytesMax: bytesLeft)
            bytesLeft -= bytes.count
            sources.append(PolicyDocuments.Source(file: file, bytes: bytes))
        }
        return sources
    }

    /// The TLS policy of a name.
    ///
    /// - Throws: when the folder cannot be read, one of its documents is wrong, or there is no such name.
    static func tlsPolicy(named name: String, folder: String?) throws -> TLSPolicy {
        let policies = try PolicySets(folder: folder).tls
        guard let policy = policies[name] else {
            throw ValidationError("--tls-profile is \"\(name)\"; there are \(policies.names.joined(separator: ", "))")
        }
        return policy
    }

    /// All files together. The folder is read again and again, so what is large in it is paid for more than once.
    private static let bytesMax = 32 * 1024 * 1024
}
