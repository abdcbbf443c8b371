/// What a server answered to an update.
struct UpdateAnswer {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Returns when the update was made and the answer is to be believed. RFC 8945 §5.2, §5.3.
    ///
    /// - Parameters:
    ///   - key: What the request was signed with; nil when it was not.
    ///   - requestMAC: With its length in front.
    ///   - now: Seconds since 1970.
    func check(key: TSIGKey?, requestMAC: [UInt8], now: Int64) throws(DNSError.Code) {
        let message: Message
        do { message = try Message(reading: bytes) } catch { throw .malformedAnswer(error.words) }
        if let key {
            // A refusal may lack a signature, as when the server has not the key; success never.
            guard let record = message.signature, case .signature(let signature) = record.data else {
                throw message.code == .noError ? .signature(.answerNotSigned) : .refused(message.code)
            }
            guard signature.error == 0 else { throw .signature(TSIGProblem(serverError: signature.error)) }
            let isOfKey = record.owner == key.name && signature.algorithm?.absolute == key.algorithm.domainName
            guard isOfKey, Packet.isSigned(bytes, by: key, requestMAC: requestMAC) else { throw .signature(.answerForged) }
            let ahead = Int64(clamping: signature.time) - now
            guard abs(ahead) <= Int64(DNSLimits.tsigFudgeSeconds) else { throw .signature(.answerNotFresh(seconds: ahead)) }
        }
        guard message.code == .noError else { throw .refused(message.code) }
    }
}
