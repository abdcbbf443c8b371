internal import Core
public import HTTPClient

/// Where spans are sent, as the variables of OpenTelemetry say it. Header values are secrets: nothing prints them.
public struct OTLPEndpoint: Sendable, CustomStringConvertible {
    /// The URL that requests go to.
    public let url: String
    /// Besides the type of the content.
    public let headers: HTTPFields

    /// An endpoint.
    ///
    /// - Parameters:
    ///   - flag: `--otlp-endpoint`, the base URL; it goes before the variables.
    ///   - environment: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` as it stands, else `OTEL_EXPORTER_OTLP_ENDPOINT` with `/v1/traces` behind it;
    ///     `OTEL_EXPORTER_OTLP_TRACES_HEADERS`, else `OTEL_EXPORTER_OTLP_HEADERS`. Empty ones count as absent.
    /// - Returns: nil when none is given.
    /// - Throws: ``OTLPConfigurationError``.
    public init?(flag: String?, environment: [String: String]) throws(OTLPConfigurationError) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        let own = flag == nil ? variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") : nil
        guard let given = flag ?? own ?? variable("OTEL_EXPORTER_OTLP_ENDPOINT") else { return nil }
        guard given.lowercased().hasPrefix("http://") || given.lowercased().hasPrefix("https://"), !given.contains("#"),
            !given.contains("?")
        else {
            throw OTLPConfigurationError("the OTLP endpoint is no http or https URL: \(given.oneLine(bytesMax: 200))")
        }
        let base = given.hasSuffix("/") && own == nil ? String(given.dropLast()) : given
        url = own == nil && !base.hasSuffix(Self.path) ? base + Self.path : base
        let name = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"].first { variable($0) != nil }
        headers = try name.map { name throws(OTLPConfigurationError) in try Self.headers(variable(name) ?? "", name) } ?? [:]
        if let variable = variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL") ?? variable("OTEL_EXPORTER_OTLP_PROTOCOL"), variable != "http/json"
        {
            protocolNotSpoken = variable.oneLine(bytesMax: 40)
        }
    }

    /// A protocol that the environment asks for and that this program does not speak; it sends `http/json` all the same.
    public private(set) var protocolNotSpoken: String?

    /// The URL without user information and query.
    public var description: String {
        guard let scheme = url.firstRange(of: "://"), let at = url[scheme.upperBound...].prefix(while: { $0 != "/" }).lastIndex(of: "@")
        else {
            return url
        }
        return String(url[..<scheme.upperBound]) + String(url[url.index(after: at)...])
    }

    /// `name=value,name=value`, with values percent-encoded, as W3C Baggage has them.
    private static func headers(_ text: String, _ variable: String) throws(OTLPConfigurationError) -> HTTPFields {
        var fields: HTTPFields = [:]
        for (index, member) in text.split(separator: ",").enumerated() {
            let sides = member.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2, let value = decoded(trimmed(sides[1])) else {
                throw OTLPConfigurationError("\(variable): part \(index + 1) is not name=value with the value percent-encoded")
            }
            let name = String(trimmed(sides[0]))
            guard !name.isEmpty, name.utf8.allSatisfy(isToken), value.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x09 }) else {
                throw OTLPConfigurationError("\(variable): part \(index + 1) is no header field")
            }
            fields.append(name, value)
        }
        return fields
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        return start.prefix(start.count - start.reversed().prefix { $0 == " " || $0 == "\t" }.count)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.next(), let low = rest.next(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static let path = "/v1/traces"
}

/// The settings of the export cannot work. Never holds a header's value.
public struct OTLPConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One line for an operator.
    public let description: String

    init(_ description: String) { self.description = description }
}
