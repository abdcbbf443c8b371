internal import Admin
internal import ArgumentParser

/// The secret between who asks the admin API to change something and who answers it.
struct AdminTokenOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File with the token for requests to the admin API that change something (default: only from this machine, without one).",
            valueName: "file"))
    var adminTokenFile: String?

    /// What the file holds; nil without the flag.
    func token() throws -> AdminToken? {
        try adminTokenFile.map { try AdminToken(file: $0) }
    }
}

/// A bearer token from a file. Never printed.
struct AdminToken {
    private let bytes: [UInt8]
    private let file: String

    /// Reads a file; white space around the token is not part of it.
    init(file: String) throws {
        let content = try FileContent.bytes(of: file, bytesMax: AdminAccess.tokenBytesMax + 2)
        let start = content.drop { Self.isSpace($0) }
        bytes = Array(start.prefix(start.count - start.reversed().prefix { Self.isSpace($0) }.count))
        self.file = file
        _ = try access()
    }

    /// What the server asks for.
    func access() throws -> AdminAccess {
        guard let access = AdminAccess(bearerToken: bytes) else {
            throw CommandFailure(
                "\(file) holds no usable token; allowed are \(AdminAccess.tokenBytesMin) to \(AdminAccess.tokenBytesMax) of the characters "
                    + "A-Z a-z 0-9 - . _ ~ + / =")
        }
        return access
    }

    /// The field that shows it.
    var authorization: String { "Bearer " + String(decoding: bytes, as: UTF8.self) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
