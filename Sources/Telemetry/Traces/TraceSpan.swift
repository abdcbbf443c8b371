/// A piece of work in a trace, over. OpenTelemetry's data model; attributes have the names of its semantic conventions.
public struct TraceSpan: Sendable, Hashable {
    /// Which side of which call it is.
    public enum Kind: Int, Sendable {
        /// Neither.
        case `internal` = 1
        /// Of the one that was asked.
        case server = 2
        /// Of the one that asked.
        case client = 3
    }

    /// The value of an attribute.
    public enum Value: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral {
        /// Text.
        case text(String)
        /// A whole number.
        case number(Int)
        /// Yes or no.
        case flag(Bool)
        /// Several texts.
        case list([String])

        /// Text.
        public init(stringLiteral value: String) { self = .text(value) }
        /// A number.
        public init(integerLiteral value: Int) { self = .number(value) }
    }

    /// An attribute.
    public struct Attribute: Sendable, Hashable {
        /// Its name.
        public let key: String
        /// Its value.
        public let value: Value

        /// An attribute.
        public init(_ key: String, _ value: Value) {
            self.key = key
            self.value = value
        }
    }

    /// A moment in it.
    public struct Event: Sendable, Hashable {
        /// When, in nanoseconds since 1970.
        public let at: UInt64
        /// What.
        public let name: String

        /// A moment.
        public init(at: UInt64, name: String) {
            self.at = at
            self.name = name
        }
    }

    /// The trace that it is part of.
    public let traceID: TraceID
    /// Its own number.
    public let spanID: SpanID
    /// The span that it is a part of; nil for the first of the trace.
    public let parentID: SpanID?
    /// Whether that span is another process's.
    public var hasRemoteParent = false
    /// What other systems say about the trace.
    public var traceState = ""
    /// What it is, of few different values.
    public let name: String
    /// Which side of which call it is.
    public let kind: Kind
    /// In nanoseconds since 1970.
    public let start: UInt64
    /// In nanoseconds since 1970; not before ``start``.
    public let end: UInt64
    /// What is known of it.
    public var attributes: [Attribute] = []
    /// What happened in it.
    public var events: [Event] = []
    /// What went wrong, in a sentence that may be empty; nil when nothing did.
    public var failure: String?

    /// A span of these parts.
    public init(
        traceID: TraceID, spanID: SpanID, parentID: SpanID?, name: String, kind: Kind, start: UInt64, end: UInt64
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.parentID = parentID
        self.name = name
        self.kind = kind
        self.start = start
        self.end = max(start, end)
    }

    /// Adds an attribute.
    public mutating func set(_ key: String, _ value: Value) {
        attributes.append(Attribute(key, value))
    }
}

/// Takes spans that are over, from any thread; it does not block.
public protocol TraceSink: Sendable {
    /// Takes some of one trace.
    func take(_ spans: [TraceSpan])
}
