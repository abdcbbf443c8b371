/// One question to one address: by UDP, by TCP when that is truncated, without EDNS when the server does not know it.
struct ServerQuery: Sendable {
    let question: Question
    let address: SocketAddress
    /// For words.
    let server: Nameserver
    let isRecursionDesired: Bool
    let timeouts: DNSResolver.Timeouts

    /// Asks.
    ///
    /// - Throws: also for every response code but NOERROR and NXDOMAIN.
    func answer(within limit: Duration) async throws(DNSError) -> Answer {
        let deadline = ContinuousClock.now.advanced(by: limit)
        do throws(DNSError.Code) {
            var message = try await ask(hasEDNS: true, until: deadline)
            if [.formatError, .notImplemented, .badVersion].contains(message.code) {
                message = try await ask(hasEDNS: false, until: deadline)
            }
            guard message.code == .noError || message.code == .nameError else { throw DNSError.Code.refused(message.code) }
            return try Answer(message, to: question)
        } catch {
            throw DNSError(error, subject: "\(question) at \(server)")
        }
    }

    private func ask(hasEDNS: Bool, until deadline: ContinuousClock.Instant) async throws(DNSError.Code) -> Message {
        let datagram = try await send(.datagram, hasEDNS: hasEDNS, until: deadline)
        guard Message.Header(datagram)?.isTruncated == true else { return try read(datagram) }
        return try read(try await send(.stream, hasEDNS: hasEDNS, until: deadline))
    }

    private func read(_ bytes: [UInt8]) throws(DNSError.Code) -> Message {
        do { return try Message(reading: bytes) } catch { throw .malformedAnswer(error.words) }
    }

    private func send(
        _ transport: Exchange.Transport, hasEDNS: Bool, until deadline: ContinuousClock.Instant
    ) async throws(DNSError.Code) -> [UInt8] {
        let id = UInt16.random(in: 0...UInt16.max)
        let query = Packet.query(question, id: id, isRecursionDesired: isRecursionDesired, hasEDNS: hasEDNS)
        guard let message = query?.bytes() else { throw .network("no memory for a message") }
        let limit = min(transport == .datagram ? timeouts.datagram : timeouts.stream, ContinuousClock.now.duration(to: deadline))
        guard limit > .zero else { throw .timedOut(timeouts.total, instead: nil) }
        let question = question
        let exchange = Exchange(
            address: address, transport: transport, message: message, timeout: limit, answerBytesMax: DNSLimits.answerBytesMax
        ) { bytes in
            ServerQuery.judge(bytes, id: id, question: question)
        }
        do { return try await ExchangeEngine.perform(exchange) } catch { throw error.code(after: limit) }
    }

    /// Whether a message is the answer to the question: its identifier, its kind, and the question that it repeats. RFC 5452 §9.1.
    static func judge(_ bytes: [UInt8], id: UInt16, question: Question) -> Exchange.Verdict {
        guard let header = Message.Header(bytes) else { return .stray("\(bytes.count) bytes that are no DNS message") }
        guard header.id == id else { return .stray("an answer with another identifier") }
        guard header.isResponse, header.opcode == 0 else { return .stray("a message that is no answer to a query") }
        // Some servers leave the question out when they say that they do not understand or want it.
        let mayHaveNone = header.counts[0] == 0 && header.code != 0 && header.code != 3
        if mayHaveNone { return .answer }
        guard Message.question(of: bytes) == question else { return .stray("an answer to another question") }
        return .answer
    }
}
