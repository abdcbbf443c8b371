/// What this build is.
public enum Version {
    /// The release, as `certctl version` prints it. Semantic versioning.
    public static let current = "0.1.0"
    /// The `User-Agent` of everything that we send: `certctl/VERSION`. RFC 9110 §10.1.5.
    public static let userAgent = "certctl/" + current
}
