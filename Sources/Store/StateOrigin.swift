internal import Glibc
internal import Manifests

/// Where a state folder belongs to, for tools that are given nothing but the folder.
public struct StateOrigin: Hashable, Sendable {
    /// The manifests folder of the process that writes, as it was given.
    public var manifests: String?
    /// `ADDRESS:PORT` of its admin listener.
    public var adminAddress: String?
    /// How that process was told to decide, by the names of its flags: a tool that reads the folder has to decide alike.
    public var flags: [String: String]

    /// Makes an origin from its parts.
    public init(manifests: String?, adminAddress: String?, flags: [String: String] = [:]) {
        self.manifests = manifests
        self.adminAddress = adminAddress
        self.flags = flags
    }

    /// Reads what the process that uses the state folder left there; nil when there is nothing readable.
    public init?(ofState folder: String) {
        guard let bytes = try? FileHandle(folder + "/origin", O_RDONLY).readAll(expecting: 256, bytesMax: 16 * 1024),
            case .success(let root)? = ManifestReader.documents(in: bytes, file: "origin").first
        else { return nil }
        self.init(
            manifests: try? root.string("manifests"), adminAddress: try? root.string("adminAddress"),
            flags: (try? root.stringMap("flags")) ?? [:])
    }

    var bytes: [UInt8] {
        let fields = [("manifests", manifests), ("adminAddress", adminAddress)]
        var entries: [ManifestValue.Entry] = fields.compactMap { field in field.1.map { .init(field.0, .string($0)) } }
        entries.append(.init("flags", .mapping(flags.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })))
        return ManifestWriter.yaml(.mapping(entries))
    }
}
