internal import FoundationEssentials
internal import Glibc
internal import Synchronization

extension KubernetesControlPlane {
    /// Runs kubectl as the administrator.
    ///
    /// - Returns: its exit status and what it wrote, both streams together.
    public func kubectl(
        _ arguments: [String], kubeconfig: String? = nil, within limit: Duration = .seconds(120)
    ) async throws -> (status: Int32, output: String) {
        try await ChildProcess.run(
            [
                assets + "/kubectl", "--kubeconfig", kubeconfig ?? administrator, "--cache-dir", folder.path + "/kubectl-cache",
            ] + arguments, in: folder, within: limit)
    }

    /// Runs kubectl as the administrator, which has to succeed.
    ///
    /// - Returns: what it wrote.
    @discardableResult public func expectKubectl(_ arguments: String...) async throws -> String {
        let answer = try await kubectl(arguments)
        guard answer.status == 0 else { throw Failure(description: "kubectl \(arguments.joined(separator: " ")): \(answer.output)") }
        return answer.output
    }

    /// Applies documents, server-side, as a user does it.
    public func apply(_ manifests: String) async throws {
        let name = "apply-\(UInt64.random(in: 0...UInt64.max)).yaml"
        try folder.write(manifests, to: name)
        try await expectKubectl("apply", "--server-side", "-f", folder.path + "/" + name)
    }

    /// Asks the API server for a token of a ServiceAccount (TokenRequest), as the kubelet does it for a Pod.
    public func token(of serviceAccount: String, in namespace: String, for lifetime: Duration = .seconds(3600)) async throws -> String {
        let token = try await expectKubectl(
            "create", "token", serviceAccount, "--namespace", namespace, "--duration", "\(lifetime.components.seconds)s")
        return String(token.prefix { !$0.isWhitespace })
    }

    // MARK: One for all suites of a process

    private static let sharedStart = Mutex<Task<KubernetesControlPlane, any Error>?>(nil)
    private static let started = Mutex<KubernetesControlPlane?>(nil)

    /// One that all suites of a test process share, since its start takes seconds; tests keep to namespaces of their own, and do not stop
    /// it. Started at the first call, ended with the process.
    public static func shared() async throws -> KubernetesControlPlane {
        try await sharedStart.withLock { task in
            if let task { return task }
            let made = Task {
                let controlPlane = try await KubernetesControlPlane()
                started.withLock { $0 = controlPlane }
                atexit { KubernetesControlPlane.endShared() }
                return controlPlane
            }
            task = made
            return made
        }.value
    }

    private static func endShared() {
        guard let controlPlane = started.withLock({ $0 }) else { return }
        controlPlane.stop()
        try? FileManager.default.removeItem(atPath: controlPlane.folder.path)
    }
}
