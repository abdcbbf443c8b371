internal import Admin
internal import Certificates
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Proxy
internal import Routing
internal import Store

/// What is known, for all who show it.
extension ControlPlane {
    /// The facts about all certificates, with what replicas serve in place of what is stored; and the replicas.
    func facts() async -> (facts: [CertificateFact], replicas: [ReplicaFact]) {
        await replicas.look(own: { await self.servedReport() }, stored: { await self.issuance.facts() })
    }

    /// What this process serves.
    func servedReport() -> ServedReport {
        if let report = servedNow, report.isReady == isReady { return report }
        let report = ServedReport(replica, isReady: isReady, served: proxy == nil ? nil : servedSecrets())
        servedNow = report
        servedPage = nil
        return report
    }

    /// The same as it is sent, written down once for all who ask.
    private func pageServed() -> ServedPage {
        let report = servedReport()
        if let servedPage { return servedPage }
        let page = ServedPage(report)
        servedPage = page
        return page
    }

    /// Answers the questions about certificates; nil for any other.
    func factsAnswer(_ request: AdminRequest) async -> AdminResponse? {
        switch request.path {
        case ServedReport.path:
            // What was published is served once every loop has it.
            await proxy?.published()
            return pageServed().answer(to: request)
        case "/api/v1/timeline": return await timelineAnswer(request)
        case let path where path.hasPrefix(Self.hostsPath): return await hostAnswer(String(path.dropFirst(Self.hostsPath.count)))
        default: return nil
        }
    }

    private func timelineAnswer(_ request: AdminRequest) async -> AdminResponse {
        let limit = request.parameter("limit").flatMap { Int($0) } ?? IssuanceLimits.happeningsMax
        let after = request.parameter("after").flatMap { Int($0) } ?? 0
        guard limit >= 0, after >= 0 else {
            return .failure(OperationFailure(.badRequest, "parameter", "limit and after are numbers of 0 and more", got: request.query))
        }
        return .json(await timeline(limit: limit, after: after))
    }

    /// What happened to certificates lately.
    func timeline(limit: Int = IssuanceLimits.happeningsMax, after number: Int = 0) async -> TimelineReport {
        let newest = await issuance.newestHappenings(limit, after: number)
        return TimelineReport(at: time.now(), since: newest.since, happenings: newest.happenings)
    }

    private func hostAnswer(_ encoded: String) async -> AdminResponse {
        guard let host = AdminRequest.percentDecoded(encoded), !host.isEmpty, host.utf8.count <= 253 else {
            return .failure(OperationFailure(.badRequest, "host", "it is no host name", got: encoded))
        }
        guard let report = await hostReport(host) else {
            return .failure(OperationFailure(.notFound, "host", "no served Ingress and no certificate has it", got: host))
        }
        return .json(report)
    }

    /// The whole story of one host; nil when nobody has it.
    func hostReport(_ host: String) async -> HostReport? {
        let status = await report()
        let objects = HostReport.objects(of: host, status, routes)
        let secrets = Set(objects.filter { $0.hasPrefix("Secret ") }.map { String($0.dropFirst("Secret ".count)) })
        let remembered = await issuance.newestHappenings(HostReport.eventsMax, of: secrets).happenings.map { HostReport.Event($0) }
        let told = await events(objects)
        let index = index
        return HostReport(
            of: host,
            from: HostReport.Material(
                objects: self.objects, routes: routes, status: status, recentEvents: remembered + told.events, eventsProblem: told.problem,
                servedSecret: { host in index?.credential(for: host.hasPrefix("*.") ? "any" + host.dropFirst() : host)?.secret?.description
                }
            ))
    }

    private static let hostsPath = "/api/v1/hosts/"
}

extension HostReport.Event {
    /// What a process remembers, as an event.
    init(_ happening: IssuanceHappening) {
        let words: String? =
            switch happening.kind {
            case .began: "an attempt to issue it begins"
            case .issued: "issued from \(happening.issuer ?? "its issuer")"
            case .needless: "nothing was to be done"
            case .stopped: "the attempt was stopped"
            case .failed, .postponed, .revoked: nil
            }
        let isWarning = happening.kind == .failed || happening.kind == .revoked
        self.init(
            at: happening.at, type: isWarning ? "Warning" : "Normal", reason: happening.kind.rawValue, object: "Secret \(happening.secret)",
            message: [words, happening.message].compactMap { $0 }.joined(separator: ": "))
    }
}
