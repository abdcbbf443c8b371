/// A program that prints credentials, as the user section of a kubeconfig names it (client.authentication.k8s.io).
public struct ExecPlugin: Sendable {
    /// The version of `ExecCredential` that is spoken.
    public enum Version: String, Sendable, CaseIterable {
        /// Since Kubernetes 1.22.
        case v1 = "client.authentication.k8s.io/v1"
        /// Since Kubernetes 1.11.
        case v1beta1 = "client.authentication.k8s.io/v1beta1"
    }

    /// Whether the program may talk to a person.
    public enum InteractiveMode: String, Sendable, CaseIterable {
        /// It never reads standard input.
        case never = "Never"
        /// It does when standard input is a terminal.
        case ifAvailable = "IfAvailable"
        /// It cannot work without a terminal.
        case always = "Always"
    }

    /// What the program is told of the cluster when it asks for it.
    public struct Cluster: Sendable {
        /// `extensions[].extension` of the name `client.authentication.k8s.io/exec`, as JSON.
        public var configJSON: [UInt8]?

        /// Makes what cannot be told from the configuration itself.
        public init(configJSON: [UInt8]? = nil) { self.configJSON = configJSON }
    }

    /// What is spoken.
    public var version: Version
    /// A path, or a name that is looked up on PATH. No shell is involved.
    public var command: String
    /// Its arguments as the kubeconfig has them; nothing is added.
    public var arguments: [String]
    /// Added to our own environment; the last of several with one name counts.
    public var environment: [(name: String, value: String)]
    /// Whether it may ask a person.
    public var interactiveMode: InteractiveMode
    /// Told when the command is not there.
    public var installHint: String?
    /// Present when the program wants to know of the cluster (`provideClusterInfo`).
    public var cluster: Cluster?

    /// Makes a plugin from parts.
    public init(
        version: Version = .v1, command: String, arguments: [String] = [], environment: [(name: String, value: String)] = [],
        interactiveMode: InteractiveMode = .never, installHint: String? = nil, cluster: Cluster? = nil
    ) {
        self.version = version
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.interactiveMode = interactiveMode
        self.installHint = installHint
        self.cluster = cluster
    }
}
