public import FoundationEssentials

/// The moment at which a certificate is renewed at its CA's suggestion: chosen once in each window, and kept with the certificate, so that
/// neither a restart nor another leader chooses again. RFC 9773 §4.2.
public struct ChosenRenewal: Codable, Hashable, Sendable {
    /// The CA's window.
    public var window: RenewalWindow
    /// A moment in it.
    public var moment: Date
    /// The certificate that it is about, by its SHA-256 in lower-case hex. Of another one it says nothing.
    public var certificate: String

    /// Chooses.
    ///
    /// - Parameter draw: a random number in 0...1, the caller's.
    init(in window: RenewalWindow, certificate: String, draw: Double) {
        self.window = window
        self.certificate = certificate
        let length = max(window.end.timeIntervalSince(window.start), 0)
        moment = window.start.addingTimeInterval((length * min(max(draw, 0), 1)).rounded(.down))
    }

    /// Reads an annotation; nil for anything else.
    init?(annotation: String?) {
        guard let annotation, annotation.utf8.count <= IssuanceLimits.renewalAnnotationBytesMax,
            let read = try? RecordJSON.decoder.decode(ChosenRenewal.self, from: Data(annotation.utf8)),
            read.window.start <= read.window.end
        else { return nil }
        self = read
    }

    /// What the annotation says.
    var annotation: String? { (try? RecordJSON.encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } }
}
