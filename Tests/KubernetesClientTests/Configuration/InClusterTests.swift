internal import KubernetesClient
internal import TestKit
internal import Testing

@Suite("In-cluster configuration") struct InClusterTests {
    let folder: TemporaryFolder
    let environment = ["KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"]

    init() throws {
        folder = try TemporaryFolder("serviceaccount")
        try folder.write("token\n", to: "token")
        try folder.write("ca", to: "ca.crt")
    }

    func words(_ environment: [String: String]) -> String {
        do throws(ClusterConfigurationError) {
            return try ClusterConfiguration.inCluster(folder: folder.path, environment: environment).server
        } catch { return error.description.replacing(folder.path, with: "DIR") }
    }

    @Test func `it comes from the environment and the service account's files`() throws {
        try folder.write("shop\n", to: "namespace")
        let configuration = try ClusterConfiguration.inCluster(folder: folder.path, environment: environment)
        #expect(configuration.server == "https://10.0.0.1:443" && configuration.namespace == "shop")
        #expect(configuration.credentials.description == "token file \(folder.path)/token")
        #expect(ClusterConfiguration.isInCluster(environment: environment))
    }

    @Test func `an IPv6 address goes in brackets, a missing namespace is the default`() throws {
        let environment = ["KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "6443"]
        let configuration = try ClusterConfiguration.inCluster(folder: folder.path, environment: environment)
        #expect(configuration.server == "https://[fd00::1]:6443" && configuration.namespace == "default")
    }

    @Test func `what is missing is named`() throws {
        #expect(words([:]).contains("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not both set"))
        #expect(!ClusterConfiguration.isInCluster(environment: ["KUBERNETES_SERVICE_HOST": "a"]))
        #expect(words(["KUBERNETES_SERVICE_HOST": "a", "KUBERNETES_SERVICE_PORT": "tcp"]).contains("is \"tcp\", not a port"))
        try folder.write("two words", to: "namespace")
        #expect(words(environment).contains("DIR/namespace: the file does not hold the name of a namespace"))
        let empty = try TemporaryFolder("empty")
        #expect(throws: ClusterConfigurationError("in-cluster configuration: \(empty.path)/token", "there is no such file")) {
            try ClusterConfiguration.inCluster(folder: empty.path, environment: environment)
        }
    }
}
