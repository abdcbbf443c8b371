/// Draws runs as an SVG: orders in each hour, as the mean of each day and the greatest of each day.
public enum FleetPlot {
    private static let width = 900.0
    private static let height = 220.0
    private static let left = 60.0
    private static let top = 40.0

    /// The picture of several runs, one below the other.
    public static func svg(_ runs: [(title: String, result: FleetResult, outages: [FleetSettings.Outage])]) -> String {
        let total = Double(runs.count) * (height + 90) + 10
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(width + left + 20)) \(Int(total))" font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="white"/>

            """
        for (index, run) in runs.enumerated() {
            text += "<g transform=\"translate(0 \(number(Double(index) * (height + 90))))\">\n" + panel(run) + "</g>\n"
        }
        return text + "</svg>\n"
    }

    private static func panel(_ run: (title: String, result: FleetResult, outages: [FleetSettings.Outage])) -> String {
        let days = stride(from: 0, to: run.result.orders.count, by: 24).map {
            Array(run.result.orders[$0..<min($0 + 24, run.result.orders.count)])
        }
        let peaks = days.map { Double($0.max() ?? 0) }
        let means = days.map { Double($0.reduce(0, +)) / Double(max($0.count, 1)) }
        let top = nice(peaks.max() ?? 1)
        func x(_ day: Double) -> String { number(left + width * day / Double(max(days.count, 1))) }
        func y(_ value: Double) -> String { number(FleetPlot.top + height * (1 - value / top)) }
        var text = "<text x=\"\(number(left))\" y=\"24\" font-size=\"14\">\(run.title)</text>\n"
        for outage in run.outages {
            let wide = max(width * outage.hours / 24 / Double(max(days.count, 1)), 1)
            text +=
                "<rect x=\"\(x(outage.day))\" y=\"\(number(FleetPlot.top))\" width=\"\(number(wide))\" height=\"\(number(height))\" fill=\"#fbb\"/>\n"
        }
        for step in 0...4 {
            let value = top * Double(step) / 4
            text += "<line x1=\"\(number(left))\" x2=\"\(number(left + width))\" y1=\"\(y(value))\" y2=\"\(y(value))\" stroke=\"#ddd\"/>\n"
            text += "<text x=\"\(number(left - 6))\" y=\"\(y(value))\" text-anchor=\"end\" dy=\"4\">\(Int(value))</text>\n"
        }
        for day in stride(from: 0, through: days.count, by: max(days.count / 12, 1)) {
            text += "<text x=\"\(x(Double(day)))\" y=\"\(number(FleetPlot.top + height + 16))\" text-anchor=\"middle\">\(day)</text>\n"
        }
        text += line(peaks, "#9bd", x, y) + line(means, "#036", x, y)
        return text
            + "<text x=\"\(number(left + width / 2))\" y=\"\(number(FleetPlot.top + height + 34))\" text-anchor=\"middle\">day; orders per hour that reach the CA:"
            + " <tspan fill=\"#036\">mean of the day</tspan>, <tspan fill=\"#59c\">greatest of the day</tspan>;"
            + " <tspan fill=\"#c44\">the CA is away</tspan></text>\n"
    }

    private static func line(_ values: [Double], _ colour: String, _ x: (Double) -> String, _ y: (Double) -> String) -> String {
        let points = values.enumerated().map { "\(x(Double($0.offset) + 0.5)),\(y($0.element))" }
        return "<polyline fill=\"none\" stroke=\"\(colour)\" points=\"\(points.joined(separator: " "))\"/>\n"
    }

    private static func nice(_ value: Double) -> Double {
        var unit = 1.0
        while unit * 10 < value { unit *= 10 }
        return [1, 2, 4, 5, 8, 10].map { $0 * unit }.first { $0 >= value } ?? value
    }

    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
