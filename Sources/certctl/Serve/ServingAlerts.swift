internal import Admin
internal import Alerts
internal import Core
internal import FoundationEssentials
internal import Issuance
internal import Logging
internal import Manifests
internal import Synchronization
internal import Telemetry

/// The alerts of a server: joins their controller with what the server knows, and answers for it at the admin API.
final class ServingAlerts: Sendable {
    private let controller: AlertController
    private let leader: @Sendable () -> String?
    /// What the controller asks for facts; nil until there is somebody to ask.
    private let plane: PlaneReference

    /// What was stored when the process that does not lead last looked.
    private let looked = Mutex<AlertReport?>(nil)

    private final class PlaneReference: Sendable {
        let plane = Mutex<ControlPlane?>(nil)
    }

    init(_ backend: any Backend, namespace: String) {
        let reference = PlaneReference()
        plane = reference
        leader = { backend.leader }
        controller = AlertController(
            store: backend.store, namespace: namespace, leadership: backend.leadership, logger: Logger(.alerts),
            source: { await reference.plane.withLock { $0 }?.alertInput() })
    }

    /// Takes facts from here.
    func attach(_ plane: ControlPlane) {
        self.plane.plane.withLock { $0 = plane }
    }

    /// Puts receivers in force. When they are wrong, those of before stay.
    func adopt(_ receivers: Result<AlertReceiverSet, ManifestError>) async {
        switch receivers {
        case .success(let set): await controller.adopt(set)
        case .failure(let error): await controller.refuse("\(error)")
        }
    }

    /// What is wrong with telling, for `status`.
    func problems() async -> [String] { await controller.problems }

    /// Tells whoever is to be told, until cancelled. Begins before the election does.
    func run() async { await controller.run() }

    /// Every alert and receiver, as `/api/v1/alerts` has them.
    func report() async -> AlertReport { await controller.report() }

    /// The same for somebody who asks every other second. A process that does not lead has to read what is stored, which it does seldom.
    func reportForWatching(now: Date) async -> AlertReport {
        if let known = looked.withLock({ $0 }), !known.isLeader, now.timeIntervalSince(known.at) < ServingAlerts.lookSeconds {
            return known
        }
        let report = await report()
        looked.withLock { $0 = report }
        return report
    }

    private static let lookSeconds = 15.0

    /// The answer to a request about alerts; nil for any other.
    func answer(_ request: AdminRequest) async -> AdminResponse? {
        switch (request.method, request.path) {
        case (.get, ServingAlerts.path): return .json(await report())
        case (.post, ServingAlerts.testPath):
            do throws(OperationFailure) {
                let asked = try AdminBody.decode(AlertTestRequest.self, from: request.body, fields: ["receiver"])
                return .json(try await controller.test(asked.receiver))
            } catch {
                var failure = error
                if failure.code == .notLeader { failure.leader = leader() }
                return .failure(failure)
            }
        case (.get, _), (.post, _): return nil
        }
    }

    /// Where the report is.
    static let path = "/api/v1/alerts"
    /// Where a test is asked for.
    static let testPath = "/api/v1/alerts/test"
}
