internal import FoundationEssentials

/// Which proxy a URL goes through: ``HTTPProxy`` with the environment read and everything checked.
struct ProxyRules: Hashable, Sendable {
    /// A proxy's URL, with a password perhaps: never to be shown.
    private let http: String?
    private let https: String?
    private let bypass: NoProxyRules

    /// Reads the setting.
    ///
    /// - Throws: `.invalidConfiguration`, in words that do not repeat a proxy's URL.
    init(_ proxy: HTTPProxy, environment: [String: String] = ProcessInfo.processInfo.environment) throws(HTTPClientError.Code) {
        switch proxy {
        case .direct:
            http = nil
            https = nil
            bypass = NoProxyRules("")
        case .url(let url, let except):
            http = try ProxyRules.checked(url, source: "the proxy's URL")
            https = http
            bypass = NoProxyRules(except)
        case .environment:
            http = try ProxyRules.read(["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"], in: environment)
            https = try ProxyRules.read(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"], in: environment)
            let given = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
            // As Go's clients, which kubectl's users are used to: loopback is never another machine's.
            bypass = NoProxyRules(given + ",localhost,127.0.0.0/8,::1")
        }
    }

    /// The proxy for a URL, or nil for none.
    func proxy(for origin: RequestURL.Origin) -> String? {
        guard let proxy = origin.scheme == "https" ? https : http, !bypass.matches(host: origin.host, port: origin.port) else {
            return nil
        }
        return proxy
    }

    private static func read(_ names: [String], in environment: [String: String]) throws(HTTPClientError.Code) -> String? {
        for name in names {
            if let value = environment[name], !value.isEmpty { return try checked(value, source: name) }
        }
        return nil
    }

    /// A proxy's URL with its scheme; `proxy:3128` means http, as everywhere.
    private static func checked(_ text: String, source: String) throws(HTTPClientError.Code) -> String {
        let url = text.contains("://") ? text : "http://" + text
        do {
            _ = try RequestURL(parsing: url)
        } catch {
            throw .invalidConfiguration("\(source) is not the URL of an http or https proxy")
        }
        return url
    }
}
