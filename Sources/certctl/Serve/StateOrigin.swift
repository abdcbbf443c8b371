internal import Core
internal import FoundationEssentials

/// What `certctl serve` leaves in its state folder for the other commands: where it reads from, where it
/// answers, and what it serves. The file `origin`, JSON.
struct StateOrigin: Codable {
    /// Absolute path of the manifests folder.
    let manifests: String
    /// Address of the admin API.
    let admin: String
    /// What it serves.
    let scope: ServingScope

    init(manifests: String, admin: ListenAddress, scope: ServingScope) {
        self.manifests = URL(filePath: manifests).standardizedFileURL.path(percentEncoded: false)
        self.admin = admin.description
        self.scope = scope
    }

    /// Reads the file; nil when there is none or it is not ours.
    init?(state: String) {
        guard let bytes = try? FileContent.bytes(of: state + "/origin", bytesMax: 64 * 1024),
            let origin = try? JSONDecoder().decode(StateOrigin.self, from: Data(bytes))
        else { return nil }
        self = origin
    }

    /// Replaces the file.
    func write(to state: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try encoder.encode(self).write(to: URL(filePath: state + "/origin"), options: .atomic)
    }
}
