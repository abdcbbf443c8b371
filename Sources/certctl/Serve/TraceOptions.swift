internal import ArgumentParser
internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import Logging
internal import Telemetry
internal import TraceExport

/// The flags of `certctl serve` about traces.
struct TraceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Collector for traces, by OTLP over HTTP; /v1/traces is added (default: OTEL_EXPORTER_OTLP_ENDPOINT, else none).",
            valueName: "url"))
    var otlpEndpoint: String?

    @Option(
        help: ArgumentHelp(
            "Fraction of requests to trace, 0 to 1, of those that are not part of a trace already.", valueName: "ratio"))
    var traceSampling = 0.01

    func validate() throws {
        guard TraceSampler(ratio: traceSampling) != nil else {
            throw ValidationError("--trace-sampling is \(traceSampling); allowed are 0 to 1")
        }
    }

    /// What requests are picked by.
    var sampler: TraceSampler? { TraceSampler(ratio: traceSampling) }

    /// An exporter, if there is a collector to send to.
    func exporter(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> OTLPExporter? {
        let logger = Logger(.traces)
        let isDisabled = environment["OTEL_SDK_DISABLED"]?.lowercased() == "true"
        guard !isDisabled, let endpoint = try OTLPEndpoint(flag: otlpEndpoint, environment: environment) else { return nil }
        if let asked = endpoint.protocolNotSpoken {
            logger.warning(
                "OTEL_EXPORTER_OTLP_PROTOCOL asks for a protocol that is not spoken; traces are sent as http/json",
                metadata: ["problem": "\(asked)"])
        }
        return OTLPExporter(
            to: endpoint, resource: TraceResource.attributes(environment, hostName: ProcessInfo.processInfo.hostName),
            client: try HTTPClient(HTTPClient.Configuration(requestsPerOriginMax: 1)), logger: logger)
    }
}
