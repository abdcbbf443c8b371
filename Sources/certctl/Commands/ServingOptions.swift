public import ArgumentParser
public import Issuance

/// The flags that decide which Ingresses are served and who issues for them. Commands that work without a server take the same ones, for
/// folders that no server has written down its own in.
struct ServingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("IngressClass for Ingresses that name it by the legacy annotation.", valueName: "name"))
    var ingressClass = "certctl"

    @Option(help: ArgumentHelp("Controller name of the IngressClasses that are served.", valueName: "name"))
    var controllerName = "certctl.dev/ingress"

    @Flag(help: "Also serve Ingresses without any class.")
    var watchIngressWithoutClass = false

    @Option(help: ArgumentHelp("Issuer of Ingresses that name none.", valueName: "[kind/]name"))
    var defaultIssuer: IssuerName?

    @Flag(help: "Also issue for Certificate objects of cert-manager.io/v1.")
    var certificates = false

    @Option(help: ArgumentHelp("Namespace of the Secrets that ClusterIssuers name.", valueName: "ns"))
    var clusterResourceNamespace = "certctl-system"
}

extension IssuerName: ExpressibleByArgument {
    /// Reads `NAME` (a ClusterIssuer) or `Kind/NAME`.
    public init?(argument: String) { self.init(argument) }
}
