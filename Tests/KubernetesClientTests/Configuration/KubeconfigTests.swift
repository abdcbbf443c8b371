internal import PKI
internal import TestKit
internal import Testing

@testable internal import KubernetesClient

@Suite("Kubeconfig, by client-go's rules") struct KubeconfigTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder("kubeconfig") }

    /// A file with one cluster, one user and one context, all of this name.
    func config(_ name: String, cluster: String = "server: https://api.test:6443", user: String = "token: abc") -> String {
        """
        apiVersion: v1
        kind: Config
        current-context: \(name)
        clusters: [{name: \(name), cluster: {\(cluster)}}]
        users: [{name: \(name), user: {\(user)}}]
        contexts: [{name: \(name), context: {cluster: \(name), user: \(name), namespace: ns-\(name)}}]
        """
    }

    func load(_ text: String) throws -> ClusterConfiguration {
        try folder.write(text, to: "config")
        return try Kubeconfig.load(explicitPath: folder.path + "/config", environment: [:]).configuration()
    }

    func refusal(_ text: String, context: String? = nil) throws -> String {
        try folder.write(text, to: "config")
        do throws(ClusterConfigurationError) {
            _ = try Kubeconfig.load(explicitPath: folder.path + "/config", environment: [:]).configuration(context: context)
            return "no error"
        } catch { return error.description.replacing(folder.path, with: "DIR") }
    }

    func bytes(_ source: FileOrData?) -> String? {
        guard case .data(let bytes)? = source else { return nil }
        return String(decoding: bytes.copy(), as: UTF8.self)
    }

    func path(_ source: FileOrData?) -> String? {
        guard case .file(let path)? = source else { return nil }
        return path.replacing(folder.path, with: "DIR")
    }

    @Test func `the current context leads to its cluster, user and namespace`() throws {
        let configuration = try load(config("a"))
        #expect(configuration.server == "https://api.test:6443" && configuration.namespace == "ns-a")
        guard case .token(let token) = configuration.credentials.bearer else { return #expect(Bool(false)) }
        #expect(bytes(token) == "abc")
    }

    @Test func `another context may be asked for`() throws {
        let text = """
            current-context: one
            clusters: [{name: c, cluster: {server: "https://c/"}}, {name: d, cluster: {server: "http://d:8080/prefix//"}}]
            contexts: [{name: one, context: {cluster: c}}, {name: two, context: {cluster: d, user: ""}}]
            """
        try folder.write(text, to: "config")
        let kubeconfig = try Kubeconfig.load(explicitPath: folder.path + "/config", environment: [:])
        #expect(try kubeconfig.configuration().server == "https://c")
        let other = try kubeconfig.configuration(context: "two")
        #expect(other.server == "http://d:8080/prefix" && other.namespace == "default")
        #expect(other.credentials.description == "none")
        #expect(kubeconfig.contextNames == ["one", "two"])
    }

    @Test func `of several files the first that has a name counts, whole, and missing files are passed over`() throws {
        try folder.write(config("a", user: "token: first").replacing("current-context: a", with: ""), to: "one")
        try folder.write(
            config("a", cluster: "server: https://second, tls-server-name: second", user: "username: u, password: p"), to: "two")
        try folder.write(config("b"), to: "three")
        let list = ["missing", "one", "", "two", "one", "three"].map { $0.isEmpty ? "" : folder.path + "/" + $0 }.joined(separator: ":")
        let kubeconfig = try Kubeconfig.load(environment: ["KUBECONFIG": list, "HOME": "/nowhere"])
        #expect(kubeconfig.files.map { $0.replacing(folder.path, with: "DIR") } == ["DIR/one", "DIR/two", "DIR/three"])
        #expect(kubeconfig.currentContext == "a")
        #expect(kubeconfig.contextNames == ["a", "b"])
        let configuration = try kubeconfig.configuration()
        #expect(configuration.server == "https://api.test:6443" && configuration.tlsServerName == nil)
        #expect(configuration.credentials.description == "token")
        #expect(try kubeconfig.configuration(context: "b").namespace == "ns-b")
    }

    @Test func `without KUBECONFIG it is the file in the home folder, and the flag wins over both`() throws {
        try folder.write(config("home"), to: ".kube/config")
        try folder.write(config("flag"), to: "flag")
        #expect(try Kubeconfig.load(environment: ["HOME": folder.path]).currentContext == "home")
        #expect(try Kubeconfig.load(environment: ["HOME": folder.path, "KUBECONFIG": ""]).currentContext == "home")
        let environment = ["HOME": folder.path, "KUBECONFIG": folder.path + "/.kube/config"]
        #expect(try Kubeconfig.load(explicitPath: folder.path + "/flag", environment: environment).currentContext == "flag")
        #expect(throws: ClusterConfigurationError("kubeconfig", "none of these files exists: /nowhere/.kube/config")) {
            try Kubeconfig.load(environment: ["HOME": "/nowhere"])
        }
        #expect(throws: ClusterConfigurationError("kubeconfig", "neither KUBECONFIG nor HOME is set")) {
            try Kubeconfig.load(environment: [:])
        }
        #expect(throws: ClusterConfigurationError("kubeconfig /nowhere/x", "there is no such file")) {
            try Kubeconfig.load(explicitPath: "/nowhere/x", environment: environment)
        }
    }

    @Test func `relative paths are relative to the file that has them`() throws {
        try folder.write(
            config(
                "a", cluster: "server: https://a, certificate-authority: pki/ca.pem",
                user: "client-certificate: ../c.pem, client-key: /abs/k.pem, tokenFile: t"), to: "sub/config")
        try folder.write(
            config("b", user: "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: bin/login, args: [x]}"), to: "config")
        let list = "\(folder.path)/sub/config:\(folder.path)/config"
        let kubeconfig = try Kubeconfig.load(environment: ["KUBECONFIG": list])
        let a = try kubeconfig.configuration()
        #expect(path(a.certificateAuthority) == "DIR/sub/pki/ca.pem")
        #expect(path(a.credentials.clientCertificate?.certificate) == "DIR/sub/../c.pem")
        #expect(path(a.credentials.clientCertificate?.key) == "/abs/k.pem")
        guard case .token(let file) = a.credentials.bearer else { return #expect(Bool(false)) }
        #expect(path(file) == "DIR/sub/t")
        let exec = try #require(try kubeconfig.configuration(context: "b").credentials.exec)
        #expect(exec.command == folder.path + "/bin/login" && exec.arguments == ["x"])
    }

    @Test func `inline data, server name, proxy and lack of verification are read`() throws {
        let cluster = "server: https://a, certificate-authority-data: Q0E=, tls-server-name: name.test, proxy-url: http://proxy:3128"
        let a = try load(config("a", cluster: cluster, user: "client-certificate-data: Q0VSVA==, client-key-data: S0VZ"))
        #expect(bytes(a.certificateAuthority) == "CA" && a.tlsServerName == "name.test" && a.proxyURL == "http://proxy:3128")
        #expect(bytes(a.credentials.clientCertificate?.certificate) == "CERT" && bytes(a.credentials.clientCertificate?.key) == "KEY")
        #expect(try load(config("a", cluster: "server: https://a, insecure-skip-tls-verify: true")).insecureSkipTLSVerify)
        let basic = try load(config("a", user: "username: u, password: p:w"))
        guard case .basic(let user, let password) = basic.credentials.bearer else { return #expect(Bool(false)) }
        #expect(user == "u" && password.copy() == Array("p:w".utf8))
    }

    @Test func `an exec plugin is read with all it says`() throws {
        let text = """
            current-context: a
            clusters:
            - name: a
              cluster:
                server: https://a
                extensions:
                - {name: other, extension: {x: 1}}
                - name: client.authentication.k8s.io/exec
                  extension: {audience: "a\\"b", count: 3, ratio: 1.5, on: true, none: null, list: [1, x]}
            users:
            - name: a
              user:
                exec:
                  apiVersion: client.authentication.k8s.io/v1
                  command: aws
                  args: [eks, get-token]
                  env: [{name: A, value: "1"}, {name: B, value: ""}]
                  installHint: install it
                  provideClusterInfo: true
                  interactiveMode: IfAvailable
            contexts: [{name: a, context: {cluster: a, user: a}}]
            """
        let exec = try #require(try load(text).credentials.exec)
        #expect(exec.version == .v1 && exec.command == "aws" && exec.arguments == ["eks", "get-token"])
        #expect(exec.environment.map { "\($0.name)=\($0.value)" } == ["A=1", "B="])
        #expect(exec.interactiveMode == .ifAvailable && exec.installHint == "install it")
        let json = try #require(exec.cluster?.configJSON)
        let expected: JSONValue = ["audience": "a\"b", "count": 3, "ratio": .double(1.5), "on": true, "none": .null, "list": [1, "x"]]
        #expect(JSONValue(parsing: json) == expected)
    }

    @Test func `what is wrong is told with file, line and field, without content`() throws {
        let exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: x"
        let cases: [(String, String)] = [
            (config("a", user: "client-key-data: '!!secret!!', client-certificate-data: QQ=="), "client-key-data: not base64"),
            (config("a", user: "client-certificate: a"), "client-certificate is given without client-key"),
            (config("a", user: "client-key: a"), "client-key is given without client-certificate"),
            (config("a", user: "client-key: a, client-key-data: QQ==, client-certificate: b"), "given together with client-key"),
            (config("a", cluster: "server: https://a, certificate-authority: a, certificate-authority-data: QQ=="), "given together"),
            (
                config("a", cluster: "server: https://a, certificate-authority: a, insecure-skip-tls-verify: true"),
                "must not be set together"
            ),
            (config("a", cluster: "server: api.test"), "server: expected an https or http URL"),
            (config("a", cluster: "tls-server-name: a"), "the cluster has no server"),
            (config("a", cluster: "server: https://a, proxy-url: socks5://secret@p"), "proxy-url: only the URL of an http or https proxy"),
            (config("a", cluster: "server: https://a, insecure-skip-tls-verify: maybe"), "expected true or false"),
            (config("a", user: "token: \"sec\\nret\""), "token: the token has a byte that is not printable ASCII"),
            (config("a", user: "token: secret, username: u"), "only one is allowed"),
            (config("a", user: "password: secret"), "a password needs a user name"),
            (config("a", user: "username: 'u:v', password: secret"), "a user name has no colon"),
            (config("a", user: "auth-provider: {name: gcp, config: {access-token: secret}}"), "auth providers were removed"),
            (config("a", user: "as: admin"), "as: impersonation is not supported"),
            (config("a", user: "exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}"), "expected client.auth"),
            (config("a", user: "exec: {apiVersion: client.authentication.k8s.io/v1}"), "command: the field is missing"),
            (config("a", user: exec + "}"), "interactiveMode: the field is missing"),
            (config("a", user: exec + ", interactiveMode: Sometimes}"), "expected Never, IfAvailable or Always"),
            (config("a", user: exec + ", interactiveMode: Never, env: [{name: A=B, value: secret}]}"), "environment variable"),
            (config("a").replacing("kind: Config", with: "kind: Secret"), "kind: expected Config"),
            (config("a").replacing("apiVersion: v1", with: "apiVersion: v2"), "apiVersion: expected v1"),
            (config("a") + "\n---\n" + config("b"), "a kubeconfig is one document, this file has 2"),
            ("users: [{name: a, user: {}}, {name: a, user: {}}]", "users[1].name: the name is used twice in this list"),
            ("clusters: [{cluster: {}}]", "clusters[0].name: the field is missing"),
            ("contexts: [{name: a}]", "contexts[0].context: the field is missing"),
            ("users: {a: b}", "users: expected a list"),
            ("- a", "expected a kubeconfig"),
            ("a: [", "config, line"),
        ]
        for (text, expected) in cases {
            let words = try refusal(text)
            #expect(words.contains(expected), "\(words)")
            #expect(words.contains("DIR/config, line "), "\(words)")
            #expect(!words.contains("secret"), "\(words)")
        }
    }

    @Test func `a name that leads nowhere is told with those that are there`() throws {
        let text = config("a")
        #expect(try refusal(text, context: "x") == "kubeconfig DIR/config: there is no context \"x\"; there are: a")
        #expect(try refusal(text.replacing("current-context: a", with: "")).hasSuffix("there is no current-context; there are: a"))
        #expect(try refusal(text.replacing("cluster: a, user", with: "cluster: b, user")).hasSuffix("no cluster \"b\"; there are: a"))
        #expect(try refusal(text.replacing("user: a,", with: "user: b,")).hasSuffix("there is no user \"b\"; there are: a"))
        #expect(try refusal(text.replacing("cluster: a, user", with: "user")).hasSuffix("the context \"a\" names no cluster"))
        #expect(try refusal("current-context: a").hasSuffix("there is no context \"a\"; the file has no context"))
        #expect(try refusal("").hasSuffix("there is no current-context; the file has no context"))
    }

    @Test func `a file may be as large as allowed and no larger`() throws {
        let text = config("a") + "\n#"
        try folder.write(text + String(repeating: "x", count: Limits.configurationFileBytesMax - text.utf8.count), to: "config")
        _ = try Kubeconfig.load(explicitPath: folder.path + "/config", environment: [:])
        try folder.write(text + String(repeating: "x", count: Limits.configurationFileBytesMax - text.utf8.count + 1), to: "config")
        #expect(throws: ClusterConfigurationError.self) { try Kubeconfig.load(explicitPath: folder.path + "/config", environment: [:]) }
    }

    @Test func `no description shows a secret`() throws {
        let configuration = try load(
            config("a", user: "username: u, password: s3cret, client-certificate-data: QQ==, client-key-data: czNjcmV0"))
        var text = "\(configuration) \(configuration.credentials)"
        dump(configuration, to: &text)
        dump(try load(config("a", user: "token: s3cret")), to: &text)
        #expect(!text.contains("s3cret"))
        #expect(configuration.credentials.description == "user name and password, client certificate")
    }
}
