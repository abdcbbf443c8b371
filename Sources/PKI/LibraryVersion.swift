internal import COpenSSL

/// What this module is linked with.
public enum LibraryVersion {
    /// OpenSSL's own words, such as `OpenSSL 3.0.17 1 Jul 2025`.
    public static var openSSL: String { unsafe String(cString: OpenSSL_version(OPENSSL_VERSION)) }
}
