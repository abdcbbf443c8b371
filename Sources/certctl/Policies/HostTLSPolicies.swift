internal import Certificates
internal import Policies
internal import Proxy
internal import Routing
internal import Store

/// Keeps the proxy's table of TLS policies: who asks for which follows the objects, what each says follows the policies in force.
actor HostTLSPolicies {
    /// Nil in a process that serves no traffic.
    private let proxy: ProxyServer?
    private var compiler: TLSPolicyCompiler

    /// Knows the policies of the folder that the options name.
    ///
    /// - Throws: when the folder cannot be read, one of its documents is wrong, or it has no such profile.
    init(_ classes: IngressClassPolicy, _ options: ServeOptions, proxy: ProxyServer?) throws {
        self.proxy = proxy
        compiler = TLSPolicyCompiler(
            policy: classes, policies: try PolicySets(folder: options.policies).tls,
            profile: try PolicyFolder.tlsPolicy(named: options.tlsProfile, folder: options.policies))
    }

    /// Takes in an update of the store.
    func apply(_ update: StoreUpdate) {
        if let table = compiler.apply(update) { proxy?.publish(table) }
    }

    /// Takes over other policies.
    func adopt(_ policies: TLSPolicySet) {
        proxy?.publish(compiler.adopt(policies))
    }

    /// What is wrong at this time.
    var problems: [TLSPolicyProblem] { compiler.problems }
}
