/// Reads a ClientHello from the records in front of a TLS connection, however they are cut. RFC 8446 §4.1.2 and §5.1.
///
/// Sans-I/O: the caller keeps all the bytes since the connection opened and asks after each arrival; nothing here is consumed,
/// since the TLS library reads the same bytes again. Work already done is not repeated. Any bytes are allowed; none trap.
struct ClientHelloReader {
    /// Longest ClientHello message. The TLS library refuses more than 16 KiB as well; with a post-quantum key share real ones have
    /// about 2 KiB.
    static let messageBytesMax = 16 * 1024
    /// Most bytes that the caller has to keep before the answer is known: a longest message, cut into records of a fair size.
    static let bytesKeptMax = 20 * 1024

    /// What is known after an arrival.
    enum Outcome: Equatable {
        /// The message is not complete yet.
        case needsMore
        /// The message is complete.
        case complete(ClientHello)
        /// There will never be one.
        case refused(ClientHelloError)
    }

    /// Offset of the first record header not looked at yet.
    private var nextRecord = 0
    /// The message so far, once it is known to span records; empty while one record may hold it all.
    private var assembled: [UInt8] = []

    /// Looks at all the bytes received so far; must be handed the same prefix each time, and is not asked again after a final answer.
    mutating func read(_ bytes: Span<UInt8>) -> Outcome {
        if nextRecord == 0, let refusal = Self.earlyRefusal(bytes) { return .refused(refusal) }
        while bytes.count - nextRecord >= Self.recordHeaderBytes {
            guard bytes[nextRecord] == Self.handshakeRecord, bytes[nextRecord + 1] == 3 else {
                return .refused(.unexpectedMessage(bytes[nextRecord]))
            }
            let length = Int(bytes[nextRecord + 3]) << 8 | Int(bytes[nextRecord + 4])
            guard (1...Self.recordBytesMax).contains(length) else { return .refused(.badRecordLength(length)) }
            let start = nextRecord + Self.recordHeaderBytes
            guard bytes.count - start >= length else { return tooMuchKept(bytes) }
            nextRecord = start + length
            let record = bytes.extracting(start..<nextRecord)
            if let outcome = take(record) { return outcome }
        }
        return tooMuchKept(bytes)
    }

    private func tooMuchKept(_ bytes: Span<UInt8>) -> Outcome {
        bytes.count >= Self.bytesKeptMax ? .refused(.tooLong(bytes: bytes.count)) : .needsMore
    }

    /// Judges the message as far as this record completes it; nil when more records are needed.
    private mutating func take(_ record: Span<UInt8>) -> Outcome? {
        if assembled.isEmpty {
            if let whole = Self.judge(record) { return whole }
        }
        for index in record.indices { assembled.append(record[index]) }
        return Self.judge(assembled.span)
    }

    private static func judge(_ message: Span<UInt8>) -> Outcome? {
        guard message[0] == clientHelloMessage else { return .refused(.unexpectedMessage(message[0])) }
        guard message.count >= messageHeaderBytes else { return nil }
        let length = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
        guard length <= messageBytesMax else { return .refused(.tooLong(bytes: length)) }
        guard message.count - messageHeaderBytes >= length else { return nil }
        guard let hello = ClientHello(body: message.extracting(messageHeaderBytes..<(messageHeaderBytes + length))) else {
            return .refused(.malformed)
        }
        return .complete(hello)
    }

    /// Tells from the very first bytes that this is not TLS, so that such a peer need not send a whole header first.
    private static func earlyRefusal(_ bytes: Span<UInt8>) -> ClientHelloError? {
        guard !bytes.isEmpty, bytes[0] != handshakeRecord else {
            return bytes.count > 1 && bytes[1] != 3 ? .notTLS(looksLikeHTTP: false) : nil
        }
        let isUpperCase = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(bytes[0])
        return .notTLS(looksLikeHTTP: isUpperCase)
    }

    private static let handshakeRecord: UInt8 = 22
    private static let clientHelloMessage: UInt8 = 1
    private static let recordHeaderBytes = 5
    private static let messageHeaderBytes = 4
    private static let recordBytesMax = 1 << 14
}
