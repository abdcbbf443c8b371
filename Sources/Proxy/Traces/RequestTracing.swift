public import Telemetry

/// How requests are traced.
public struct RequestTracing: Sendable {
    /// Which requests are recorded.
    public let sampler: TraceSampler
    /// Takes the spans of all loops, from their threads; it must not block.
    public let sink: any TraceSink

    /// Records what the sampler picks.
    public init(sampler: TraceSampler, sink: any TraceSink) {
        self.sampler = sampler
        self.sink = sink
    }
}
