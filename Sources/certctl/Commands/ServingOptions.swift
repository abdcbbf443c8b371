internal import ArgumentParser
internal import Core
internal import Issuance
internal import Routing

/// The flags that decide which Ingresses are served and who issues for them; commands that work without a server take the same ones.
struct ServingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("IngressClass for Ingresses that name it by the legacy annotation.", valueName: "name"))
    var ingressClass = "certctl"

    @Option(help: ArgumentHelp("Controller name of the IngressClasses that are served.", valueName: "name"))
    var controllerName = "certctl.dev/ingress"

    @Flag(help: "Also serve Ingresses without any class.")
    var watchIngressWithoutClass = false

    @Option(help: ArgumentHelp("Issuer of Ingresses that name none.", valueName: "[kind/]name"))
    var defaultIssuer: IssuerName?

    @Option(help: ArgumentHelp("Namespace of the Secrets that ClusterIssuers name.", valueName: "ns"))
    var clusterResourceNamespace = "certctl-system"

    var ingressClasses: IngressClassPolicy {
        IngressClassPolicy(controllerName: controllerName, className: ingressClass, watchWithoutClass: watchIngressWithoutClass)
    }

    var issuance: IssuanceSettings {
        IssuanceSettings(defaultIssuer: defaultIssuer, clusterResourceNamespace: clusterResourceNamespace)
    }
}

extension IssuerName: @retroactive ExpressibleByArgument {
    /// Reads `NAME` (a ClusterIssuer) or `Kind/NAME`.
    public init?(argument: String) { self.init(argument) }
}
