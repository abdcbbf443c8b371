internal import KubernetesAPI
internal import Manifests
internal import Store

/// The objects of manifests that a person named.
enum ManifestObjects {
    /// Reads files, and folders at any depth.
    ///
    /// - Throws: ``CommandFailure`` with file and line when something cannot be read: an answer about the rest would be about something else.
    static func read(_ paths: [String]) throws -> ObjectSet {
        var objects = ObjectSet()
        for file in try paths.flatMap({ try ManifestFiles.files(at: $0, flag: "-f") }) {
            let bytes = try FileContent.bytes(of: file, bytesMax: ManifestLimits.fileBytesMax)
            for document in ManifestReader.documents(in: bytes, file: file) {
                do throws(ManifestError) {
                    try add(try document.get(), to: &objects)
                } catch {
                    throw CommandFailure(error.description)
                }
            }
        }
        return objects
    }

    private static func add(_ root: Node, to objects: inout ObjectSet) throws(ManifestError) {
        var refusal: ManifestError?
        DecodedDocument.decode(root) { decoded in
            switch decoded {
            case .object(let object, _): objects.insert(object)
            case .ignored: break
            case .refused(let error, _): refusal = refusal ?? error
            }
        }
        if let refusal { throw refusal }
    }
}
