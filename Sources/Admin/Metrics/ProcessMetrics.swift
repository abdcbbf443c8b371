internal import Core
internal import FoundationEssentials
internal import Glibc
public import Telemetry

/// What the kernel says about this process, under the names that Prometheus' own clients have, and under those of ingress-nginx.
public struct ProcessMetrics: Sendable {
    private let cpuSeconds: Double
    private let startSeconds: Double?
    private let residentBytes: UInt64?
    private let residentBytesMax: UInt64?
    private let virtualBytes: UInt64?
    private let openDescriptors: UInt64?
    private let descriptorsMax: UInt64?
    private let threads: UInt64?
    private let readBytes: UInt64?
    private let writtenBytes: UInt64?

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
        residentBytesMax = Self.values(in: "/proc/self/status")["VmHWM"].map { $0 * 1024 }
        let io = Self.values(in: "/proc/self/io")
        readBytes = io["rchar"]
        writtenBytes = io["wchar"]
        openDescriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")).map { UInt64($0.count) }
        var limit = rlimit()
        descriptorsMax = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? UInt64(limit.rlim_cur) : nil
    }

    /// Writes all of them; what the kernel does not tell is left out.
    public func write(controller: ControllerLabels, to writer: inout MetricsWriter) {
        func double(_ value: UInt64?) -> Double? { value.map { Double($0) } }
        func write(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double?, _ labels: MetricLabels = .none) {
            guard let value else { return }
            writer.begin(MetricFamily(name, kind, help))
            writer.sample(labels, value)
        }
        func nginx(_ name: String, _ kind: MetricFamily.Kind, _ help: String, _ value: Double?) {
            write("nginx_ingress_controller_nginx_process_" + name, kind, help, value, controller.labels)
        }
        let start = "When the process began, in seconds since 1970."
        write("process_cpu_seconds_total", .counter, "CPU time that was used, in the kernel and outside.", cpuSeconds)
        write("process_start_time_seconds", .gauge, start, startSeconds)
        write("process_resident_memory_bytes", .gauge, "Memory that is in RAM.", double(residentBytes))
        write("process_virtual_memory_bytes", .gauge, "Addresses that are in use.", double(virtualBytes))
        write("process_open_fds", .gauge, "Open file descriptors.", double(openDescriptors))
        write("process_max_fds", .gauge, "How many there may be.", double(descriptorsMax))
        write("process_threads", .gauge, "Threads.", double(threads))
        write("certctl_resident_memory_max_bytes", .gauge, "The most that was in RAM since the process began.", double(residentBytesMax))
        nginx("cpu_seconds_total", .counter, "The same as process_cpu_seconds_total.", cpuSeconds)
        nginx("num_procs", .gauge, "Processes: always one.", 1)
        nginx("oldest_start_time_seconds", .gauge, start, startSeconds)
        nginx("read_bytes_total", .counter, "Bytes that were read, from files and connections.", double(readBytes))
        nginx("write_bytes_total", .counter, "Bytes that were written, to files and connections.", double(writtenBytes))
        nginx("resident_memory_bytes", .gauge, "Memory that is in RAM.", double(residentBytes))
        nginx("virtual_memory_bytes", .gauge, "Addresses that are in use.", double(virtualBytes))
        writer.begin(MetricFamily("certctl_build_info", .gauge, "Always 1; the version is in the label."))
        writer.sample(MetricLabels([("version", Version.current)]), 1 as UInt64)
        writer.begin(MetricFamily("nginx_ingress_controller_build_info", .gauge, "Always 1; the version is in the label."))
        writer.sample(
            controller.labels, MetricLabels([("build", ""), ("release", Version.current), ("repository", "certctl")]), 1 as UInt64)
    }

    /// The fields behind the name, which is in parentheses and may hold anything.
    private static func fields(of path: String) -> [Substring] {
        guard let text = text(of: path), let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    /// The first number of each line `NAME: NUMBER …`.
    private static func values(in path: String) -> [Substring: UInt64] {
        var values: [Substring: UInt64] = [:]
        for line in (text(of: path) ?? "").split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            values[line[..<colon]] = line[line.index(after: colon)...].split { $0.isWhitespace }.first.flatMap { UInt64($0) }
        }
        return values
    }

    private static func text(of path: String) -> String? {
        FileManager.default.contents(atPath: path).flatMap { String(validating: $0, as: UTF8.self) }
    }

    private static let bootSeconds: Double? = {
        text(of: "/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }()
}
