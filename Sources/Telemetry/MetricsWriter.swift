/// Writes metrics in one of the text forms. Samples follow their family, and every family comes once.
public struct MetricsWriter: Sendable {
    /// The form.
    public let format: MetricsFormat
    private var output: [UInt8] = []
    private var family: MetricFamily?
    /// What comes before the labels of a sample of the present family.
    private var sampleName: [UInt8] = []
    private var familiesWritten: Set<String> = []

    /// An empty text.
    public init(format: MetricsFormat, bytesExpected: Int = 0) {
        self.format = format
        output.reserveCapacity(bytesExpected)
    }

    /// Begins a family. One without samples is told of as well, so that a dashboard can find its name.
    public mutating func begin(_ family: MetricFamily) {
        precondition(familiesWritten.insert(family.name).inserted, "the metrics \(family.name) were written twice")
        self.family = family
        let base = baseName(of: family)
        sampleName = Array(family.name.utf8)
        let isUnknown = format == .openMetrics && family.kind == .counter && base == family.name
        write("# HELP \(base) ")
        writeHelp(family.help)
        write("\n# TYPE \(base) \(isUnknown ? "unknown" : family.kind.rawValue)\n")
    }

    /// OpenMetrics names the family of a counter without `_total`.
    private func baseName(of family: MetricFamily) -> String {
        guard format == .openMetrics, family.kind == .counter, family.name.hasSuffix("_total") else { return family.name }
        return String(family.name.dropLast("_total".count))
    }

    /// A sample of the present family, which is a counter or a gauge.
    public mutating func sample(_ labels: MetricLabels, _ value: Double) {
        write(sampleName, labels.bytes)
        write(value)
    }

    /// A sample with a whole number.
    public mutating func sample(_ labels: MetricLabels, _ value: UInt64) {
        write(sampleName, labels.bytes)
        write("\(value)\n")
    }

    /// All samples of a histogram with these labels.
    public mutating func histogram(_ labels: MetricLabels, _ histogram: Histogram) {
        precondition(family?.kind == .histogram, "a histogram among other metrics")
        let bucket = sampleName + Array("_bucket".utf8)
        var count: UInt64 = 0
        for (index, number) in histogram.counts.enumerated() {
            count &+= number
            let bound = index < histogram.bounds.count ? Self.text(histogram.bounds[index]) : "+Inf"
            write(bucket, labels.with("le", bound).bytes)
            write("\(count)\n")
        }
        write(sampleName + Array("_sum".utf8), labels.bytes)
        write(histogram.sum)
        write(sampleName + Array("_count".utf8), labels.bytes)
        write("\(count)\n")
    }

    /// All samples of a summary without quantiles.
    public mutating func summary(_ labels: MetricLabels, sum: Double, count: UInt64) {
        precondition(family?.kind == .summary, "a summary among other metrics")
        write(sampleName + Array("_sum".utf8), labels.bytes)
        write(sum)
        write(sampleName + Array("_count".utf8), labels.bytes)
        write("\(count)\n")
    }

    /// The whole text.
    public consuming func finish() -> [UInt8] {
        if format == .openMetrics { write("# EOF\n") }
        return output
    }

    private mutating func write(_ name: [UInt8], _ labels: [UInt8]) {
        output.append(contentsOf: name)
        if !labels.isEmpty {
            output.append(UInt8(ascii: "{"))
            output.append(contentsOf: labels)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: " "))
    }

    private mutating func write(_ value: Double) {
        write(Self.text(value))
        output.append(UInt8(ascii: "\n"))
    }

    private mutating func write(_ text: String) {
        output.append(contentsOf: text.utf8)
    }

    /// Prometheus' form escapes a backslash and a line feed, OpenMetrics a quote as well.
    private mutating func writeHelp(_ help: String) {
        for byte in help.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): write(#"\\"#)
            case UInt8(ascii: "\n"): write(#"\n"#)
            case UInt8(ascii: "\"") where format == .openMetrics: write(#"\""#)
            default: output.append(byte)
            }
        }
    }

    /// A number as both forms read it: whole ones without a fraction, others as Go and Swift write them.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(whole) < 1 << 53 { return "\(whole)" }
        return "\(value)"
    }
}
