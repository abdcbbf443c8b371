/// Writes spans as OpenTelemetry's protocol has them in JSON: `ExportTraceServiceRequest` of opentelemetry-proto 1.x, by the rules of OTLP
/// 1.0 "JSON Protobuf Encoding": IDs in hexadecimal, 64-bit numbers as strings, enumerations as numbers.
public enum OTLPEncoder {
    /// The body of a request to `/v1/traces`.
    ///
    /// - Parameters:
    ///   - resource: what this process is: `service.name` and more.
    ///   - version: of the program.
    public static func encode(_ spans: [TraceSpan], resource: [TraceSpan.Attribute], version: String) -> [UInt8] {
        var text = "{\"resourceSpans\":[{\"resource\":{\"attributes\":"
        append(resource, to: &text)
        text += "},\"scopeSpans\":[{\"scope\":{\"name\":\"certctl\",\"version\":"
        HarmlessText.appendJSON(version, to: &text)
        text += "},\"spans\":["
        for (index, span) in spans.enumerated() {
            if index > 0 { text += "," }
            append(span, to: &text)
        }
        text += "]}]}]}"
        return Array(text.utf8)
    }

    private static func append(_ span: TraceSpan, to text: inout String) {
        text += "{\"traceId\":\"\(span.traceID)\",\"spanId\":\"\(span.spanID)\""
        if let parent = span.parentID { text += ",\"parentSpanId\":\"\(parent)\"" }
        // SpanFlags: sampled, whether it is known that the parent is remote, and whether it is.
        text += ",\"flags\":\(0x101 | (span.hasRemoteParent ? 0x200 : 0))"
        if !span.traceState.isEmpty {
            text += ",\"traceState\":"
            HarmlessText.appendJSON(span.traceState, to: &text)
        }
        text += ",\"name\":"
        HarmlessText.appendJSON(span.name, to: &text)
        text += ",\"kind\":\(span.kind.rawValue),\"startTimeUnixNano\":\"\(span.start)\",\"endTimeUnixNano\":\"\(span.end)\""
        if !span.attributes.isEmpty {
            text += ",\"attributes\":"
            append(span.attributes, to: &text)
        }
        if !span.events.isEmpty { append(span.events, to: &text) }
        if let failure = span.failure {
            text += ",\"status\":{\"code\":2"
            if !failure.isEmpty {
                text += ",\"message\":"
                HarmlessText.appendJSON(failure, to: &text)
            }
            text += "}"
        }
        text += "}"
    }

    private static func append(_ events: [TraceSpan.Event], to text: inout String) {
        text += ",\"events\":["
        for (index, event) in events.enumerated() {
            if index > 0 { text += "," }
            text += "{\"timeUnixNano\":\"\(event.at)\",\"name\":"
            HarmlessText.appendJSON(event.name, to: &text)
            text += "}"
        }
        text += "]"
    }

    private static func append(_ attributes: [TraceSpan.Attribute], to text: inout String) {
        text += "["
        for (index, attribute) in attributes.enumerated() {
            if index > 0 { text += "," }
            text += "{\"key\":"
            HarmlessText.appendJSON(attribute.key, to: &text)
            text += ",\"value\":"
            append(attribute.value, to: &text)
            text += "}"
        }
        text += "]"
    }

    private static func append(_ value: TraceSpan.Value, to text: inout String) {
        switch value {
        case .text(let string):
            text += "{\"stringValue\":"
            HarmlessText.appendJSON(string, to: &text)
            text += "}"
        case .number(let number): text += "{\"intValue\":\"\(number)\"}"
        case .flag(let flag): text += "{\"boolValue\":\(flag)}"
        case .list(let strings):
            text += "{\"arrayValue\":{\"values\":["
            for (index, string) in strings.enumerated() {
                if index > 0 { text += "," }
                append(.text(string), to: &text)
            }
            text += "]}}"
        }
    }
}
