/// Every bound of this module, what happens beyond it, and where the number comes from.
enum DNSLimits {
    /// What we say a datagram may have (EDNS, RFC 6891 §6.2.3). More comes truncated, and is asked for over TCP. DNS flag day 2020: fits
    /// into any path without fragments, which can be forged.
    static let datagramBytes: UInt16 = 1232
    /// An answer over TCP; its length field has 16 bits (RFC 1035 §4.2.2).
    static let answerBytesMax = 65_535
    /// An answer that has to be verified. Beyond: refused. libldns 1.8 digests in a buffer of 64 KiB which it does not check; an answer to
    /// an update repeats the question and has a signature, 300 bytes.
    static let signedAnswerBytesMax = 4096
    /// Records of all sections of one answer. Beyond: refused as malformed. 64 KiB of the shortest useful TXT records are about as many.
    static let recordsMax = 3000
    /// Aliases followed from one name. Beyond: refused, as by Unbound and BIND (11, 16).
    static let aliasesMax = 10
    /// Datagrams that are no answer to the question, while waiting for the one that is. Beyond: the exchange fails; somebody guesses.
    static let strayDatagramsMax = 100
    /// Exchanges under way at one time. Beyond: they wait for their turn, for as long as their answer may take. Each has a descriptor.
    static let exchangesMax = 256
    /// Lookups of name servers' own host names by the system at one time, each with a thread. Beyond: refused.
    static let hostLookupsMax = 8
    /// Name servers of a resolver; further ones are ignored. glibc takes 3.
    static let nameserversMax = 8
    /// Rounds through the name servers for one question.
    static let roundsMax = 2
    /// Authoritative servers of one zone that are asked. Beyond: the check says so and fails. The root has 13.
    static let authoritativeServersMax = 20
    /// Addresses of one authoritative server that are asked; further ones are ignored.
    static let addressesPerServerMax = 8
    /// Bytes of `/etc/resolv.conf` that are read.
    static let resolvConfBytesMax = 64 * 1024
    /// Bytes of foreign text in an error or a verdict; cut beyond.
    static let wordsBytesMax = 200
    /// Values of a record set that a verdict shows; the others are counted.
    static let valuesShownMax = 3
    /// Bytes of a TXT value that an update carries. Beyond: refused. So that it fits into one datagram, as its answer then does.
    static let valueBytesMax = 900
    /// Attempts of one update over UDP, each signed anew. RFC 2136 §6.1 leaves the number open; nsupdate takes 3.
    static let updateAttemptsMax = 3
    /// Seconds that the clocks of the two ends of an update may differ. RFC 8945 §10.
    static let tsigFudgeSeconds: UInt16 = 300
    /// Octets of a TSIG secret. Beyond: refused. HMAC hashes what is longer than a block (128 bytes) anyway.
    static let tsigSecretBytesMax = 512
}
