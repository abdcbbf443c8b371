internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import PKI

/// Signatures of requests to Amazon Web Services: Signature Version 4.
/// docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
struct RequestSigner: Sendable {
    let accessKeyID: String
    let secretAccessKey: SecretText
    /// Of temporary credentials.
    let sessionToken: SecretText?
    let region: String
    let service: String

    /// What is signed.
    struct Subject {
        let method: String
        /// As in the `Host` field.
        let host: String
        /// As it is sent: encoded once, no dot segments.
        let path: String
        /// Names and values, not encoded.
        let query: [(name: String, value: String)]
        let body: [UInt8]
        /// Further header fields to sign, in lower case.
        var fields: [(name: String, value: String)] = []
    }

    /// The header fields to add: `X-Amz-Date`, `X-Amz-Security-Token` and `Authorization`.
    func fields(for subject: Subject, at moment: Date) throws(PKIError) -> HTTPFields {
        let stamp = RequestSigner.stamp(moment)
        let date = String(stamp.prefix(8))
        var signed = subject.fields + [("host", subject.host), ("x-amz-date", stamp)]
        if let sessionToken { signed.append(("x-amz-security-token", sessionToken.text)) }
        signed.sort { $0.name < $1.name }
        let names = signed.map(\.name).joined(separator: ";")
        let canonical = [
            subject.method, RequestSigner.encodedPath(subject.path), RequestSigner.query(subject.query),
            signed.map { "\($0.name):\($0.value)\n" }.joined(), names, hexadecimal(sha256(subject.body)),
        ].joined(separator: "\n")
        let scope = "\(date)/\(region)/\(service)/aws4_request"
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(hexadecimal(sha256(Array(canonical.utf8))))"
        let signature = hexadecimal(try hmacSHA256(Array(text.utf8), key: try key(date)))
        var fields = HTTPFields()
        fields.append("X-Amz-Date", stamp)
        if let sessionToken { fields.append("X-Amz-Security-Token", sessionToken.text) }
        fields.append(
            "Authorization",
            "AWS4-HMAC-SHA256 Credential=\(accessKeyID)/\(scope), SignedHeaders=\(names), Signature=\(signature)")
        return fields
    }

    /// The query as it is signed and sent: names and values encoded, sorted.
    static func query(_ query: [(name: String, value: String)]) -> String {
        query.map { (ProviderAPI.encoded($0.name), ProviderAPI.encoded($0.value)) }.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    /// The key of a day, a region and a service.
    private func key(_ date: String) throws(PKIError) -> SecretBytes {
        var key = SecretBytes(Array("AWS4\(secretAccessKey.text)".utf8))
        for part in [date, region, service, "aws4_request"] { key = SecretBytes(try hmacSHA256(Array(part.utf8), key: key)) }
        return key
    }

    /// Each segment encoded once more than it is sent, as all services but S3 want it.
    private static func encodedPath(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false).map { ProviderAPI.encoded(String($0)) }.joined(separator: "/")
    }

    /// `20150830T123600Z`.
    private static func stamp(_ moment: Date) -> String {
        moment.formatted(.iso8601).filter { (character: Character) in character != "-" && character != ":" }
    }
}
