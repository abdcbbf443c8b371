public import Core
public import FoundationEssentials

/// When a certificate is renewed: after 60 to 70 % of its lifetime, at a place in between that belongs to the Secret's name.
///
/// A fraction, never a number of days: public lifetimes shrink from 90 to 45 to 6 days. The place comes from a hash of the name, not from
/// a random number, so that every restart and every replica computes the same moment. And it is the same in each lifetime, so that
/// certificates which were issued together drift further apart with each renewal.
///
/// The width is what a simulated fleet needs (docs/simulation.md): a hundred thousand certificates of one hour come back over nine days of
/// ninety, and spread over all the time there is within ten renewals.
public enum RenewalSchedule {
    /// The part of the lifetime after which the first certificates are renewed.
    public static let fraction = 0.6
    /// The names are spread over this part of the lifetime.
    public static let jitterFraction = 0.1

    /// The moment from which a certificate is due.
    ///
    /// - Parameters:
    ///   - notBefore: Start of the validity. RFC 5280 §4.1.2.5.
    ///   - notAfter: End of the validity.
    ///   - renewBefore: `cert-manager.io/renew-before`, when the Ingress has it; ignored, as in cert-manager, unless it is
    ///     shorter than the lifetime.
    ///   - secret: The Secret that the certificate lives in; seeds the jitter.
    public static func renewAt(notBefore: Date, notAfter: Date, renewBefore: Duration?, secret: NamespacedName) -> Date {
        let lifetime = notAfter.timeIntervalSince(notBefore)
        guard lifetime > 0 else { return notBefore }
        let jitter = lifetime * jitterFraction * unitHash(secret)
        if let renewBefore, renewBefore.seconds < lifetime {
            // Never more than a tenth of the margin that was asked for.
            return notAfter.addingTimeInterval(-renewBefore.seconds + min(jitter, renewBefore.seconds / 10))
        }
        return notBefore.addingTimeInterval(lifetime * fraction + jitter)
    }

    /// A number in 0..<1 that depends on the name alone, in every process and on every machine. FNV-1a, then a finaliser that
    /// spreads names which differ in the last byte only.
    static func unitHash(_ name: NamespacedName) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in name.description.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        hash = (hash ^ (hash >> 33)) &* 0xff51_afd7_ed55_8ccd
        hash = (hash ^ (hash >> 33)) &* 0xc4ce_b9fe_1a85_ec53
        hash ^= hash >> 33
        return Double(hash >> 11) / Double(UInt64(1) << 53)
    }
}
