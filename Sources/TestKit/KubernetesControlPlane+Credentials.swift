internal import FoundationEssentials

extension KubernetesControlPlane {
    /// Makes a CA, the API server's certificate, an administrator's, and the key that signs ServiceAccount tokens. With the openssl command
    /// line, since no certificate of certctl's own needs an organisation in its subject, which is what Kubernetes reads as a group.
    static func writeCredentials(to folder: TemporaryFolder) async throws {
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        let authority = folder.path + "/ca"
        try await openssl(
            ["req", "-x509", "-subj", "/CN=test cluster", "-keyout", authority + ".key", "-out", authority + ".pem"] + key, in: folder)
        let signed =
            ["req", "-x509", "-CA", authority + ".pem", "-CAkey", authority + ".key", "-addext", "basicConstraints=CA:false"] + key
        try await openssl(
            signed + [
                "-subj", "/CN=kube-apiserver", "-addext", "extendedKeyUsage=serverAuth",
                "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost,DNS:kubernetes.default.svc",
                "-keyout", folder.path + "/\(Files.server).key", "-out", folder.path + "/\(Files.server).pem",
            ], in: folder)
        try await openssl(
            signed + [
                "-subj", "/O=system:masters/CN=administrator", "-addext", "extendedKeyUsage=clientAuth",
                "-keyout", folder.path + "/\(Files.administrator).key", "-out", folder.path + "/\(Files.administrator).pem",
            ], in: folder)
        // Not genpkey: the API server reads the public half only out of the older form, "EC PRIVATE KEY".
        try await openssl(
            ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder.path + "/\(Files.serviceAccountKey)"], in: folder)
    }

    private static func openssl(_ arguments: [String], in folder: TemporaryFolder) async throws {
        let made = try await ChildProcess.run(["openssl"] + arguments, in: folder)
        guard made.status == 0 else { throw Failure(description: "openssl \(arguments): \(made.output)") }
    }

    /// Writes ``administrator``.
    func writeAdministrator() throws {
        func data(_ name: String) throws -> String { Data(try folder.read(name).utf8).base64EncodedString() }
        try writeKubeconfig(
            "admin",
            user: """
                client-certificate-data: \(data(Files.administrator + ".pem"))
                    client-key-data: \(data(Files.administrator + ".key"))
                """)
    }

    /// Writes a kubeconfig file for a bearer token.
    ///
    /// - Parameters:
    ///   - name: of the file, which ends in `.kubeconfig`; an older one is replaced.
    ///   - token: such as ``token(of:in:for:)`` gives.
    ///   - server: another way to the API server, at 127.0.0.1 too, since its certificate names that; such as a ``NetworkRelay``.
    ///   - namespace: of the context.
    /// - Returns: the path of the file.
    @discardableResult public func writeKubeconfig(
        _ name: String, token: String, server: String? = nil, namespace: String = "default"
    ) throws -> String {
        try writeKubeconfig(name, user: "token: \(token)", server: server, namespace: namespace)
    }

    @discardableResult private func writeKubeconfig(
        _ name: String, user: String, server: String? = nil, namespace: String = "default"
    ) throws -> String {
        try folder.write(
            """
            apiVersion: v1
            kind: Config
            current-context: test
            clusters:
            - name: test
              cluster:
                server: \(server ?? self.server)
                certificate-authority-data: \(Data(authorityPEM).base64EncodedString())
            users:
            - name: user
              user:
                \(user)
            contexts:
            - name: test
              context:
                cluster: test
                user: user
                namespace: \(namespace)

            """, to: name + ".kubeconfig")
        return folder.path + "/" + name + ".kubeconfig"
    }
}
