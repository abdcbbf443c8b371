internal import Glibc
internal import Manifests

/// Where a state folder belongs to, for tools that are given nothing but the folder.
public struct StateOrigin: Hashable, Sendable {
    /// The manifests folder of the process that writes, as it was given.
    public var manifests: String?
    /// `ADDRESS:PORT` of its admin listener.
    public var adminAddress: String?

    /// Makes an origin from its parts.
    public init(manifests: String?, adminAddress: String?) {
        self.manifests = manifests
        self.adminAddress = adminAddress
    }

    /// Reads what the process that uses the state folder left there; nil when there is nothing readable.
    public init?(ofState folder: String) {
        guard let bytes = try? FileHandle(folder + "/origin", O_RDONLY).readAll(expecting: 256, bytesMax: 16 * 1024),
            case .success(let root)? = ManifestReader.documents(in: bytes, file: "origin").first
        else { return nil }
        self.init(manifests: try? root.string("manifests"), adminAddress: try? root.string("adminAddress"))
    }

    var bytes: [UInt8] {
        let fields = [("manifests", manifests), ("adminAddress", adminAddress)]
        return ManifestWriter.yaml(.mapping(fields.compactMap { field in field.1.map { .init(field.0, .string($0)) } }))
    }
}
