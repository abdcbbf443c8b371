internal import Admin
internal import ArgumentParser

/// The secret between who asks the admin API and who answers.
struct AdminTokenOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "File with the token of the admin API: for all but health and metrics off the loopback, and for what changes something (default: none, "
                + "which leaves it to this machine).",
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
    /// What the server asks for.
    let access: AdminAccess

    /// Reads a file; white space around the token is not part of it.
    init(file: String) throws {
        try self.init(FileContent.bytes(of: file, bytesMax: AdminAccess.tokenBytesMax + 2), from: file)
    }

    /// Takes what some place holds.
    init(_ content: [UInt8], from place: String) throws {
        let start = content.drop { Self.isSpace($0) }
        bytes = Array(start.prefix(start.count - start.reversed().prefix { Self.isSpace($0) }.count))
        guard let access = AdminAccess(bearerToken: bytes) else {
            throw CommandFailure(
                "\(place) holds no usable token; allowed are \(AdminAccess.tokenBytesMin) to \(AdminAccess.tokenBytesMax) of the characters "
                    + "A-Z a-z 0-9 - . _ ~ + / =")
        }
        self.access = access
    }

    /// The field that shows it.
    var authorization: String { "Bearer " + String(decoding: bytes, as: UTF8.self) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}
