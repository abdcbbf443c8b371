internal import Admin
internal import HashTreeCollections
internal import Logging
internal import Routing
internal import Store

/// What `serve` has found when it begins to serve, in a few lines for whoever started it.
struct StartSummary: Sendable {
    /// What is there.
    let found: String
    /// What is wrong, the first few.
    let problems: [String]
    /// How many more there are.
    let omitted: Int

    init(_ objects: ObjectSet, _ routes: RouteTable.Statistics, problems: [StatusReport.Problem]) {
        found =
            "\(routes.routes) rule(s) for \(routes.hosts) host(s) from \(objects.ingresses.count) Ingress(es), "
            + "\(routes.upstreams) Service port(s), \(objects.issuers.count) issuer(s)"
        self.problems = problems.prefix(Self.problemsMax).map { "\($0.subject): \($0.message)" }
        omitted = max(problems.count - Self.problemsMax, 0)
    }

    /// One line for what is there and one for each problem.
    func log(to logger: Logger) {
        logger.info("found \(found)")
        for problem in problems { logger.warning("\(problem)") }
        if omitted > 0 { logger.warning("\(omitted) more problem(s); `certctl status` lists them all") }
    }

    /// As many as are read.
    private static let problemsMax = 5
}
