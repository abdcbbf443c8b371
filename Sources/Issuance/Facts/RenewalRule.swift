internal import Core
internal import FoundationEssentials

/// What decides when a certificate is renewed.
enum RenewalRule: Hashable, Sendable {
    /// The usual part of its lifetime, from 0 to 1.
    case lifetime(Double)
    /// Somebody said how long before its end.
    case renewBefore
    /// The CA asks for it. RFC 9773 §4.2.
    case authority(RenewalWindow)
    /// The CA would have it later, which is too near its end.
    case end

    /// The rule without a CA that asks.
    ///
    /// - Parameter renewBefore: as ``RenewalSchedule`` gets it.
    init(_ leaf: LeafFacts, _ moment: Date, renewBefore: Duration?) {
        let lifetime = leaf.notAfter.timeIntervalSince(leaf.notBefore)
        if let renewBefore, renewBefore.seconds < lifetime {
            self = .renewBefore
        } else {
            self = .lifetime(lifetime > 0 ? moment.timeIntervalSince(leaf.notBefore) / lifetime : 0)
        }
    }

    /// Why it is renewed at that moment, for people.
    ///
    /// - Parameter certificate: the Certificate that decides; nil when an Ingress does.
    func words(certificate: NamespacedName?) -> String {
        switch self {
        case .lifetime(let part): return "\(Int((part * 100).rounded())) % of its lifetime are over then"
        case .renewBefore:
            return certificate.map { "renewBefore of Certificate \($0)" } ?? "annotation \(ObjectKeys.renewBeforeAnnotation)"
        case .authority(let window):
            let page = window.explanationURL.map { ": " + ShownText.line($0, bytesMax: 200) } ?? ""
            return "asked for by the CA (ARI)\(page)"
        case .end: return "its end is near, although the CA (ARI) would have it later"
        }
    }
}
