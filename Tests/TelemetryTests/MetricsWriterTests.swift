import Testing

@testable import Telemetry

@Suite("Metrics as text")
struct MetricsWriterTests {
    private func text(_ format: MetricsFormat, _ write: (inout MetricsWriter) -> Void) -> String {
        var writer = MetricsWriter(format: format)
        write(&writer)
        return String(decoding: writer.finish(), as: UTF8.self)
    }

    @Test func `a counter without _total keeps its name, and is of unknown type in OpenMetrics`() {
        func write(_ writer: inout MetricsWriter) {
            writer.begin(MetricFamily("requests", .counter, "What was asked."))
            writer.sample(MetricLabels([("code", "200")]), 3 as UInt64)
        }
        #expect(
            text(.prometheus, write) == """
                # HELP requests What was asked.
                # TYPE requests counter
                requests{code="200"} 3

                """)
        #expect(
            text(.openMetrics, write) == """
                # HELP requests What was asked.
                # TYPE requests unknown
                requests{code="200"} 3
                # EOF

                """)
    }

    @Test func `a counter that ends in _total has it once`() {
        let written = text(.openMetrics) { writer in
            writer.begin(MetricFamily("handshakes_total", .counter, "x"))
            writer.sample(.none, 1 as UInt64)
        }
        #expect(written == "# HELP handshakes x\n# TYPE handshakes counter\nhandshakes_total 1\n# EOF\n")
    }

    @Test func `label values and help are escaped`() {
        let written = text(.openMetrics) { writer in
            writer.begin(MetricFamily("a", .gauge, "say \"x\" \\ \n"))
            writer.sample(MetricLabels([("l", "\"\\\n}é")]), 0.5)
        }
        #expect(written.contains(##"# HELP a say \"x\" \\ \n"##))
        #expect(written.contains(##"a{l="\"\\\n}é"} 0.5"##))
    }

    @Test(arguments: [
        (0.0, "0"), (-0.5, "-0.5"), (1e9, "1000000000"), (1_700_000_000.25, "1700000000.25"), (.nan, "NaN"), (.infinity, "+Inf"),
        (-.infinity, "-Inf"), (1e300, "1e+300"),
    ])
    func `numbers are as Prometheus reads them`(_ value: Double, _ expected: String) {
        #expect(MetricsWriter.text(value) == expected)
    }

    @Test func `buckets are cumulative and end with infinity`() {
        var histogram = Histogram(bounds: [0.1, 1])
        for value in [0.05, 0.1, 0.5, 7, .nan] { histogram.observe(value) }
        let written = text(.prometheus) { writer in
            writer.begin(MetricFamily("d", .histogram, "x"))
            writer.histogram(MetricLabels([("h", "a")]), histogram + histogram)
        }
        #expect(
            written == """
                # HELP d x
                # TYPE d histogram
                d_bucket{h="a",le="0.1"} 4
                d_bucket{h="a",le="1"} 6
                d_bucket{h="a",le="+Inf"} 8
                d_sum{h="a"} 15.3
                d_count{h="a"} 8

                """)
    }

    @Test(
        arguments: [
            (nil, MetricsFormat.prometheus), ("*/*", .prometheus), ("text/plain", .prometheus),
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5",
                .openMetrics
            ),
            ("application/openmetrics-text; version=1.0.0; q=0.1, text/plain; q=0.9", .prometheus),
            ("application/openmetrics-text;version=2.0.0", .prometheus), ("application/openmetrics-text;q=0", .prometheus),
        ] as [(String?, MetricsFormat)])
    func `the form follows Accept`(_ accept: String?, _ expected: MetricsFormat) {
        #expect(MetricsFormat(accept: accept) == expected)
    }
}
