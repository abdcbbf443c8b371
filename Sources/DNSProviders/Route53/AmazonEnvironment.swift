internal import FoundationEssentials

/// The variables of Amazon's own tools, as far as they are followed here.
struct AmazonEnvironment: Sendable {
    let variables: [String: String]

    static var ofProcess: AmazonEnvironment { AmazonEnvironment(variables: ProcessInfo.processInfo.environment) }

    subscript(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }

    var region: String? { self["AWS_REGION"] ?? self["AWS_DEFAULT_REGION"] }

    /// A key in the environment; nil for none.
    var accessKey: AmazonCredentials? {
        guard let id = self["AWS_ACCESS_KEY_ID"], let secret = self["AWS_SECRET_ACCESS_KEY"] else { return nil }
        return AmazonCredentials(
            accessKeyID: id, secretAccessKey: SecretText(secret), sessionToken: self["AWS_SESSION_TOKEN"].map { SecretText($0) })
    }

    /// What EKS gives a Pod whose ServiceAccount has a role (IRSA); nil elsewhere.
    var webIdentity: (role: String, tokenFile: String)? {
        guard let role = self["AWS_ROLE_ARN"], let file = self["AWS_WEB_IDENTITY_TOKEN_FILE"] else { return nil }
        return (role, file)
    }
}
