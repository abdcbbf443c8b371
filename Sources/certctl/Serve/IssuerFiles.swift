internal import ArgumentParser
internal import FoundationEssentials
internal import KubernetesAPI
internal import Manifests

/// The issuers that `--issuers` names. Read once, at the start.
enum IssuerFiles {
    /// Every Issuer and ClusterIssuer of a file, or of the manifests in a folder at any depth.
    ///
    /// - Throws: when something cannot be read or is not an issuer; nothing starts with half of what was asked for.
    static func issuers(at path: String) throws -> [Issuer] {
        var found: [Issuer] = []
        for file in try ManifestFiles.files(at: path, flag: "--issuers") {
            let bytes = try FileContent.bytes(of: file, bytesMax: ManifestLimits.fileBytesMax)
            for document in ManifestReader.documents(in: bytes, file: file) { try add(document, of: file, to: &found) }
        }
        guard !found.isEmpty else { throw ValidationError("--issuers \(path) has no Issuer and no ClusterIssuer") }
        return found
    }

    private static func add(_ document: Result<Node, ManifestError>, of file: String, to found: inout [Issuer]) throws {
        let root: Node
        do { root = try document.get() } catch { throw CommandFailure(error.description) }
        var failure: String?
        DecodedDocument.decode(root) { decoded in
            switch decoded {
            case .object(.issuer(let issuer), _): found.append(issuer)
            case .object(let object, let line): failure = failure ?? "\(file), line \(line): \(object.key) is no issuer"
            case .ignored(let kind): failure = failure ?? "\(file): \(kind) is no issuer"
            case .refused(let error, _): failure = failure ?? error.description
            }
        }
        if let failure { throw CommandFailure(failure) }
    }
}
