internal import Core
internal import KubernetesAPI

/// Where in the state folder an object is kept.
enum StatePath {
    /// `secrets/NAMESPACE/NAME.yaml`; nil for kinds that are not kept there.
    static func of(_ key: ObjectKey) -> String? {
        guard let folder = folder(of: key.kind) else { return nil }
        return "\(folder)/\(key.name.namespace)/\(key.name.name).yaml"
    }

    /// Whether a file at this path may hold an object of the state.
    static func isObjectPath(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 3 && (parts[0] == "secrets" || parts[0] == "configmaps") && parts[2].hasSuffix(".yaml")
    }

    private static func folder(of kind: ObjectKind) -> String? {
        switch kind {
        case .secret: "secrets"
        case .configMap: "configmaps"
        case .ingress, .ingressClass, .service, .endpointSlice, .namespace, .issuer, .clusterIssuer, .certificate: nil
        }
    }
}

/// The version of what a file of the state folder holds: a number made of its bytes, the same in every process.
enum ContentVersion {
    /// FNV-1a with 64 bits, in hexadecimal. It only has to tell a file from the one that it was; nobody attacks
    /// who could not simply write the file.
    static func of(_ bytes: [UInt8]) -> String {
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
