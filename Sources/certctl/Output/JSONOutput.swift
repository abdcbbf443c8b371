internal import Admin
internal import FoundationEssentials

/// `-o json`: with the settings of the admin API.
enum JSONOutput {
    /// A value, ended by a newline.
    static func text(of value: some Encodable) throws -> String {
        String(decoding: try AdminJSON.encoder().encode(value), as: UTF8.self) + "\n"
    }
}
