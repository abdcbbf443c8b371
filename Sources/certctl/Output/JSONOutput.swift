internal import Admin
internal import FoundationEssentials

/// `-o json`: with the settings of the admin API.
enum JSONOutput {
    /// A value, ended by a newline.
    static func text(of value: some Encodable) throws -> String {
        String(decoding: try AdminJSON.encoder().encode(value), as: UTF8.self) + "\n"
    }

    /// The same on one line, for streams of values.
    static func line(of value: some Encodable) throws -> String {
        let encoder = AdminJSON.encoder()
        encoder.outputFormatting.remove(.prettyPrinted)
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
