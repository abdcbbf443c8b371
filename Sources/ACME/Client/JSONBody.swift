internal import FoundationEssentials

/// Payloads of requests.
enum JSONBody {
    /// The JSON of a payload.
    static func encode(_ value: some Encodable, subject: String) throws(ACMEError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(value)) } catch {
            throw ACMEError(.ours, fault: .ours, subject: subject, reason: "the request cannot be written as JSON: \(error)")
        }
    }

    /// `{}`: what answers a challenge. RFC 8555 §7.5.1.
    static let emptyObject = Array("{}".utf8)
}
