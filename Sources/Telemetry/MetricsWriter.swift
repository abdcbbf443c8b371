/// Writes metrics in one of the text forms. Samples follow their family, and every family comes once.
///
/// A page has a bounded number of series, whatever there is to tell: what would come after the last one is left out, and counted
/// (``writeSeriesCounts()``). So what matters most comes first.
public struct MetricsWriter: Sendable {
    /// The form.
    public let format: MetricsFormat
    /// Series that the page may have, besides the few that tell of it.
    public let seriesMax: Int
    /// Series on the page so far.
    public private(set) var seriesWritten = 0
    /// Series that there was no room for.
    public private(set) var seriesOmitted = 0
    private var output: [UInt8] = []
    private var family: MetricFamily?
    /// What comes before the labels of a sample of the present family.
    private var sampleName: [UInt8] = []
    private var bucketName: [UInt8] = []
    private var sumName: [UInt8] = []
    private var countName: [UInt8] = []
    /// The labels `le` of the last histogram's bounds; those of a family are alike.
    private var bounds: [Double] = []
    private var boundLabels: [MetricLabels] = []
    private var familiesWritten: Set<String> = []

    /// An empty text.
    public init(format: MetricsFormat, seriesMax: Int = .max, bytesExpected: Int = 0) {
        self.format = format
        self.seriesMax = seriesMax
        output.reserveCapacity(bytesExpected)
    }

    /// Begins a family. One without samples is told of as well, so that a dashboard can find its name.
    public mutating func begin(_ family: MetricFamily) {
        precondition(familiesWritten.insert(family.name).inserted, "the metrics \(family.name) were written twice")
        self.family = family
        let base = baseName(of: family)
        sampleName = Array(family.name.utf8)
        bucketName = sampleName + Array("_bucket".utf8)
        sumName = sampleName + Array("_sum".utf8)
        countName = sampleName + Array("_count".utf8)
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
    public mutating func sample(_ labels: MetricLabels, _ value: Double) { sample(labels, .none, value) }

    /// A sample with a whole number.
    public mutating func sample(_ labels: MetricLabels, _ value: UInt64) { sample(labels, .none, value) }

    /// A sample with the labels of two sets, either of which other samples may share.
    public mutating func sample(_ labels: MetricLabels, _ more: MetricLabels, _ value: Double) {
        guard hasRoom(for: 1) else { return }
        write(sampleName, labels, more)
        write(value)
    }

    /// Likewise, with a whole number.
    public mutating func sample(_ labels: MetricLabels, _ more: MetricLabels, _ value: UInt64) {
        guard hasRoom(for: 1) else { return }
        write(sampleName, labels, more)
        write(value)
    }

    /// All samples of a histogram with these labels, or none of them.
    public mutating func histogram(_ labels: MetricLabels, _ histogram: Histogram) {
        precondition(family?.kind == .histogram, "a histogram among other metrics")
        guard hasRoom(for: histogram.counts.count + 2) else { return }
        if bounds != histogram.bounds || boundLabels.isEmpty {
            bounds = histogram.bounds
            boundLabels = (bounds + [.infinity]).map { MetricLabels([("le", Self.text($0))]) }
        }
        var count: UInt64 = 0
        for (bound, number) in zip(boundLabels, histogram.counts) {
            count &+= number
            write(bucketName, labels, bound)
            write(count)
        }
        writeTotals(labels, sum: histogram.sum, count: count)
    }

    /// All samples of a summary without quantiles, or none of them.
    public mutating func summary(_ labels: MetricLabels, sum: Double, count: UInt64) {
        precondition(family?.kind == .summary, "a summary among other metrics")
        guard hasRoom(for: 2) else { return }
        writeTotals(labels, sum: sum, count: count)
    }

    private mutating func writeTotals(_ labels: MetricLabels, sum: Double, count: UInt64) {
        write(sumName, labels, .none)
        write(sum)
        write(countName, labels, .none)
        write(count)
    }

    /// Tells how many series there are and were left out. These three have room on every page.
    public mutating func writeSeriesCounts() {
        tell("certctl_metrics_series", "Series on this page, but for those about the page.", UInt64(seriesWritten))
        tell("certctl_metrics_series_max", "How many there may be.", UInt64(clamping: seriesMax))
        tell(
            "certctl_metrics_series_omitted", "Series that there was no room for on this page; what comes last goes first.",
            UInt64(seriesOmitted))
    }

    /// The whole text.
    public consuming func finish() -> [UInt8] {
        if format == .openMetrics { write("# EOF\n") }
        return output
    }

    private mutating func tell(_ name: String, _ help: String, _ value: UInt64) {
        begin(MetricFamily(name, .gauge, help))
        write(sampleName, .none, .none)
        write(value)
    }

    /// Whether so many more series fit. When not, they are counted as left out; a smaller number may fit later.
    private mutating func hasRoom(for count: Int) -> Bool {
        guard count <= seriesMax - seriesWritten else {
            seriesOmitted += count
            return false
        }
        seriesWritten += count
        return true
    }
}

extension MetricsWriter {
    @inline(__always)
    private mutating func write(_ name: [UInt8], _ labels: MetricLabels, _ more: MetricLabels) {
        output.append(contentsOf: name)
        if !labels.bytes.isEmpty || !more.bytes.isEmpty {
            output.append(UInt8(ascii: "{"))
            output.append(contentsOf: labels.bytes)
            if !labels.bytes.isEmpty, !more.bytes.isEmpty { output.append(UInt8(ascii: ",")) }
            output.append(contentsOf: more.bytes)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: " "))
    }

    @inline(__always)
    private mutating func write(_ value: Double) {
        if let whole = UInt64(exactly: value), whole < Self.wholeMax { return write(whole) }
        write(Self.text(value))
        output.append(UInt8(ascii: "\n"))
    }

    /// Digits without a detour over a string: most of a page is numbers.
    private mutating func write(_ value: UInt64) {
        var divisor: UInt64 = 1
        while value / divisor >= 10 { divisor *= 10 }
        var rest = value
        while divisor > 0 {
            output.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest / divisor))
            rest %= divisor
            divisor /= 10
        }
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

    /// Up to here a Double holds every whole number.
    private static var wholeMax: UInt64 { 1 << 53 }

    /// A number as both forms read it: whole ones without a fraction, others as Go and Swift write them.
    static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value), abs(whole) < wholeMax { return "\(whole)" }
        return "\(value)"
    }
}
