internal import Core
internal import FoundationEssentials
internal import Glibc
public import Telemetry

/// What the kernel says about this process, under the names that Prometheus' own clients have.
public struct ProcessMetrics: Sendable {
    private let cpuSeconds: Double
    private let startSeconds: Double?
    private let residentBytes: UInt64?
    private let virtualBytes: UInt64?
    private let openDescriptors: UInt64?
    private let descriptorsMax: UInt64?
    private let threads: UInt64?

    /// Asks the kernel.
    public init() {
        let stat = Self.fields(of: "/proc/self/stat")
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        func number(_ field: Int) -> UInt64? { stat.count > field ? UInt64(stat[field]) : nil }
        // proc_pid_stat(5), counted from behind the name: 11 utime, 12 stime, 17 num_threads, 19 starttime, 20 vsize, 21 rss.
        cpuSeconds = Double((number(11) ?? 0) + (number(12) ?? 0)) / ticks
        threads = number(17)
        virtualBytes = number(20)
        residentBytes = number(21).map { $0 * UInt64(sysconf(Int32(_SC_PAGESIZE))) }
        startSeconds = Self.bootSeconds.flatMap { boot in number(19).map { boot + Double($0) / ticks } }
        openDescriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { UInt64($0.count) }
        var limit = rlimit()
        descriptorsMax = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? UInt64(limit.rlim_cur) : nil
    }

    /// Writes all of them; what the kernel does not tell is left out.
    public func write(to writer: inout MetricsWriter) {
        write("process_cpu_seconds_total", .counter, "CPU time that was used, in the kernel and outside.", cpuSeconds, &writer)
        write("process_start_time_seconds", .gauge, "When the process began, in seconds since 1970.", startSeconds, &writer)
        write("process_resident_memory_bytes", .gauge, "Memory that is in RAM.", residentBytes.map { Double($0) }, &writer)
        write("process_virtual_memory_bytes", .gauge, "Addresses that are in use.", virtualBytes.map { Double($0) }, &writer)
        write("process_open_fds", .gauge, "Open file descriptors.", openDescriptors.map { Double($0) }, &writer)
        write("process_max_fds", .gauge, "How many there may be.", descriptorsMax.map { Double($0) }, &writer)
        write("process_threads", .gauge, "Threads.", threads.map { Double($0) }, &writer)
        writer.begin(MetricFamily("certctl_build_info", .gauge, "Always 1; the version is in the label."))
        writer.sample(MetricLabels([("version", Version.current)]), 1 as UInt64)
    }

    private func write(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double?, _ writer: inout MetricsWriter) {
        guard let value else { return }
        writer.begin(MetricFamily(name, kind, help))
        writer.sample(.none, value)
    }

    /// The fields behind the name, which is in parentheses and may hold anything.
    private static func fields(of path: String) -> [Substring] {
        guard let data = FileManager.default.contents(atPath: path), let text = String(validating: data, as: UTF8.self),
            let end = text.lastIndex(of: ")")
        else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private static let bootSeconds: Double? = {
        guard let data = FileManager.default.contents(atPath: "/proc/stat"), let text = String(validating: data, as: UTF8.self) else {
            return nil
        }
        return text.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }()
}
