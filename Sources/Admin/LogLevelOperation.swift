internal import Core
internal import Issuance
public import Logging
public import Telemetry

/// What is logged, shown and changed through the admin API: GET and POST of ``path``. It is this process's own affair, whoever leads.
public struct LogLevelOperation: Sendable {
    /// What a POST holds.
    public struct Change: Codable, Sendable {
        /// As `--log-level` takes it: `acme=debug,proxy=default`.
        public let levels: String

        /// A change in these words.
        public init(levels: String) { self.levels = levels }
    }

    /// Where it is reached.
    public static let path = "/api/v1/log-levels"

    private let levels: LogLevels
    private let logger: Logger

    /// An operation on these levels.
    ///
    /// - Parameter logger: is told of each change.
    public init(levels: LogLevels, logger: Logger) {
        self.levels = levels
        self.logger = logger
    }

    /// The answer to a request; nil when it is for something else.
    public func answer(_ request: AdminRequest) -> AdminResponse? {
        guard request.path == Self.path else { return nil }
        do throws(OperationFailure) {
            if request.method == .post { try change(request) }
            return .json(levels.report)
        } catch {
            return .failure(error)
        }
    }

    private func change(_ request: AdminRequest) throws(OperationFailure) {
        let change = try AdminBody.decode(Change.self, from: request.body, fields: ["levels"])
        let setting: LogLevelSetting
        do throws(LogLevelError) { setting = try LogLevelSetting(change.levels) } catch {
            throw OperationFailure(.badRequest, "member levels", error.reason, got: error.got)
        }
        levels.apply(setting)
        logger.notice("log levels were changed", metadata: [LogKey.levels.rawValue: "\(change.levels)"])
    }
}
