internal import NIOCore

/// Bounds of the admin API. Nothing here is on the path of a visitor's request, and nobody who reaches the port makes the process large.
enum AdminLimits {
    /// Connections at once. Beyond: the one that has been idle longest is closed, so that a probe of the kubelet gets through; when each waits
    /// for an answer, the new one is. Prometheus, probes, the other replicas and some browsers (6 each) need far fewer.
    static let connectionsMax = 256
    /// A connection that neither sends nor receives for this long is closed, unless an answer is being worked out; a status table is asked
    /// for in one piece.
    static let idleTimeout = TimeAmount.seconds(30)
    /// How long the content of a request may take. Beyond: the connection is closed. For 64 KiB over a bad line.
    static let bodyTimeout = TimeAmount.seconds(30)
    /// Bytes of a request's body. Beyond: 413 for an operation, and the connection is closed. The longest sensible body names a few
    /// hundred Secrets.
    static let bodyBytesMax = 64 * 1024
    /// What the kernel may hold for one connection, which Linux doubles; what a stalled reader costs besides the piece it is being sent.
    static let sendBufferBytes: SocketOptionValue = 128 * 1024

    /// Sessions at once. Beyond: the one that would end first ends. More than the operators of one installation.
    static let sessionsMax = 64
    /// How long a session lasts: a working day. It is not renewed by use.
    static let sessionTime = Duration.seconds(12 * 3600)
    /// Wrong tokens in the form from one address at once. Beyond: 429, without a look at the token.
    static let formAttemptsMax = 5
    /// Until one more is allowed.
    static let formAttemptInterval = Duration.seconds(10)
    /// Wrong bearer tokens from one address at once: more, since programs repeat themselves, and behind one address there may be several.
    static let bearerAttemptsMax = 30
    /// Until one more is allowed.
    static let bearerAttemptInterval = Duration.seconds(1)
    /// Addresses whose wrong tokens are counted. Beyond: the one with the fewest is forgotten.
    static let attemptAddressesMax = 1024
}
