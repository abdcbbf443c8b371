/// Which proxy a request goes through.
public enum HTTPProxy: Hashable, Sendable {
    /// As the environment says: `HTTPS_PROXY` or `HTTP_PROXY` by the URL's scheme, else `ALL_PROXY`, unless `NO_PROXY` matches
    /// the host; lower-case names win. Loopback addresses and `localhost` never go through one. Read once, when the client is made.
    case environment
    /// No proxy, whatever the environment says.
    case direct
    /// This `http` or `https` proxy, such as `http://user:password@proxy:3128`, for every host that `except` does not match (the syntax of
    /// `NO_PROXY`: names with their subdomains, addresses, CIDR blocks, names and addresses with an optional port, or `*`). The certificate
    /// of an `https` proxy is checked against the system's roots.
    case url(String, except: String = "")
}
