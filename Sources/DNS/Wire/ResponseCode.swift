/// RCODE of an answer: RFC 1035 §4.1.1, RFC 2136 §2.2, with the upper bits of EDNS (RFC 6891 §6.1.3).
public struct ResponseCode: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// 0...4095.
    public let rawValue: Int

    /// Any number.
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// NOERROR.
    public static let noError = ResponseCode(rawValue: 0)
    /// FORMERR.
    public static let formatError = ResponseCode(rawValue: 1)
    /// SERVFAIL.
    public static let serverFailure = ResponseCode(rawValue: 2)
    /// NXDOMAIN.
    public static let nameError = ResponseCode(rawValue: 3)
    /// NOTIMP.
    public static let notImplemented = ResponseCode(rawValue: 4)
    /// REFUSED.
    public static let refused = ResponseCode(rawValue: 5)
    /// NOTAUTH.
    public static let notAuthoritative = ResponseCode(rawValue: 9)
    /// NOTZONE.
    public static let notZone = ResponseCode(rawValue: 10)
    /// BADVERS.
    public static let badVersion = ResponseCode(rawValue: 16)

    /// The name of the registry and what it means.
    public var description: String {
        switch rawValue {
        case 0: "NOERROR"
        case 1: "FORMERR (it does not understand the message)"
        case 2: "SERVFAIL (it failed: broken zone, DNSSEC, or servers behind it that do not answer)"
        case 3: "NXDOMAIN (the name does not exist)"
        case 4: "NOTIMP (it does not support this kind of message)"
        case 5: "REFUSED (not allowed by its configuration)"
        case 6: "YXDOMAIN (a name exists that should not)"
        case 7: "YXRRSET (records exist that should not)"
        case 8: "NXRRSET (records that should exist do not)"
        case 9: "NOTAUTH (it is not authoritative for the zone, or the key is not accepted)"
        case 10: "NOTZONE (the name is not within the zone)"
        case 16: "BADVERS (it does not support this version of EDNS)"
        default: "RCODE \(rawValue)"
        }
    }
}
