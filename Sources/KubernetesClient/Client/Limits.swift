/// What this module allows an API server, a kubeconfig or a plugin to use up, and its pace.
public enum Limits {
    /// Sendings of one request, the first included. Beyond: the last error. client-go has 11; our callers retry on their own.
    public static let attemptsMax = 4
    /// One attempt of a request. Beyond: `.timeout`. The API server itself gives up after 60 s.
    public static let requestTimeout = Duration.seconds(60)
    /// A watch without a byte. Beyond: `.timeout`. Bookmarks come about each minute.
    public static let watchIdleTimeout = Duration.seconds(90)
    /// Bytes of an answer that is not a watch. Beyond: `.badResponse`. As much as one document may have.
    public static let responseBytesMax = 64 * 1024 * 1024
    /// Bytes of one event of a watch. Beyond: `.badResponse` and the watch ends. The API server takes requests of up to 3 MiB.
    public static let watchLineBytesMax = 8 * 1024 * 1024
    /// Bytes of an answer with an error status that are read. Beyond: the status alone tells what happened.
    public static let statusBytesMax = 256 * 1024
    /// Bytes of a server's words that an error repeats. Beyond: cut.
    public static let wordsBytesMax = 1024
    /// How long one Retry-After is obeyed by waiting. Beyond: the error with its `retryAfter`, and the caller decides.
    public static let retryAfterMax = Duration.seconds(30)
    /// Bytes of a kubeconfig, a token, a CA bundle, a certificate or a key. Beyond: refused. As much as a Secret may have.
    public static let configurationFileBytesMax = 1024 * 1024
    /// How old the content of a token or certificate file may be when it is used. Reading a few kilobytes costs less than to find out
    /// whether a link in the path was turned, which is how the kubelet rotates them.
    public static let credentialAgeMax = Duration.seconds(1)
    /// One run of an exec plugin. Beyond: it is killed, and the request fails. A login in a browser takes its time.
    public static let execTimeout = Duration.seconds(60)
    /// Bytes that an exec plugin may print. Beyond: it is killed, and the request fails.
    public static let execOutputBytesMax = 1024 * 1024
    /// How long the failure of an exec plugin is everybody's answer, so that a dozen watches do not start it in turn.
    public static let execFailurePause = Duration.seconds(5)
}
