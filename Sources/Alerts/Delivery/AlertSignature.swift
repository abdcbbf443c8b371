public import FoundationEssentials
public import PKI

/// The signature of a notification: `t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA256 of `SECONDS.BODY` (the time in decimal, a dot, the body
/// as sent). The time is signed too, so that a receiver can refuse what was recorded and sent again.
public enum AlertSignature {
    /// The header field.
    public static let header = "X-Certctl-Signature"

    /// The field's value.
    public static func value(body: [UInt8], key: SecretBytes, at now: Date) throws(PKIError) -> String {
        let time = String(Int64(now.timeIntervalSince1970))
        return "t=\(time),v1=\(hexadecimal(try hmacSHA256(Array("\(time).".utf8) + body, key: key)))"
    }
}
