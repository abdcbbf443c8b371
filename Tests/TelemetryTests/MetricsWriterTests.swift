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

    @Test(arguments: [(4, 0), (5, 0), (6, 1)])
    func `what is beyond the bound is left out and counted`(series: Int, omitted: UInt64) {
        var writer = MetricsWriter(format: .prometheus, seriesMax: 5)
        writer.begin(MetricFamily("a", .gauge, "x"))
        for number in 0..<series { writer.sample(MetricLabels([("n", "\(number)")]), UInt64(number)) }
        #expect(writer.seriesWritten == min(series, 5) && writer.seriesOmitted == omitted)
        writer.writeSeriesCounts()
        let lines = String(decoding: writer.finish(), as: UTF8.self).split(separator: "\n")
        #expect(lines.count { $0.hasPrefix("a{") } == min(series, 5))
        #expect(lines.contains("certctl_metrics_series \(min(series, 5))"))
        #expect(lines.contains("certctl_metrics_series_max 5"))
        #expect(lines.contains("certctl_metrics_series_omitted \(omitted)"))
    }

    @Test func `a histogram is there as a whole or not at all`() {
        var histogram = Histogram(bounds: [1, 2])
        histogram.observe(1)
        for (room, isThere) in [(5, true), (4, false)] {
            var writer = MetricsWriter(format: .prometheus, seriesMax: room)
            writer.begin(MetricFamily("d", .histogram, "x"))
            writer.histogram(MetricLabels([("h", "a")]), histogram)
            #expect(writer.seriesOmitted == (isThere ? 0 : 5))
            #expect(String(decoding: writer.finish(), as: UTF8.self).contains("d_count{h=\"a\"} 1") == isThere)
        }
    }

    @Test func `labels of histograms with other bounds are not those of the one before`() {
        let written = text(.prometheus) { writer in
            for (name, bound) in [("a", 1.0), ("b", 2.0)] {
                writer.begin(MetricFamily(name, .histogram, "x"))
                writer.histogram(.none, Histogram(bounds: [bound]))
            }
        }
        #expect(written.contains("a_bucket{le=\"1\"} 0") && written.contains("b_bucket{le=\"2\"} 0"))
    }

    @Test func `labels of two sets are one set`() {
        let written = text(.prometheus) { writer in
            writer.begin(MetricFamily("a", .gauge, "x"))
            let left = MetricLabels([("l", "1")])
            let right = MetricLabels([("r", "2")])
            writer.sample(left, right, 1 as UInt64)
            writer.sample(.none, right, 2.5)
            writer.sample(left, .none, UInt64.max)
            writer.sample(left.with([("m", "\""), ("n", "")]), -3.0)
        }
        #expect(
            written.hasSuffix(
                """
                a{l="1",r="2"} 1
                a{r="2"} 2.5
                a{l="1"} 18446744073709551615
                a{l="1",m="\\"",n=""} -3

                """))
    }
}
