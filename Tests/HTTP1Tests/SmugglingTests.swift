import HTTP1
import Testing

@Suite("Request smuggling, RFC 9112 §11.2")
struct SmugglingTests {
    @Test(arguments: SmugglingCorpus.refusedRequests) func `an ambiguous request is refused`(message: RefusedMessage) {
        #expect(readRequest(wire(message.text)) == .refused(message.fault))
    }

    @Test(arguments: SmugglingCorpus.refusedRequests.filter { !SmugglingTests.isAboutRequestsOnly($0.fault) })
    func `a response with the same fault in its fields is refused`(message: RefusedMessage) {
        let fields = message.text.split(separator: "\r\n", maxSplits: 1)[1].replacing("Host: a\r\n", with: "")
        for version in ["1.0", "1.1"] {
            guard case .refused = readResponse(wire("HTTP/\(version) 200 OK\r\n\(fields)")) else {
                // Equal lengths are one length in a response (RFC 9110 §8.6), which is tested elsewhere.
                #expect(message.fault == .contentLengthRepeated)
                continue
            }
        }
    }

    @Test func `what is ambiguous is answered 400, what is too much has a status of its own`() {
        for fault in MessageFault.allCases {
            #expect([400, 414, 417, 431, 501, 505].contains(fault.status))
            #expect(!fault.description.isEmpty)
        }
        #expect(Set(MessageFault.allCases.map(\.description)).count == MessageFault.allCases.count)
        for message in SmugglingCorpus.hosts + SmugglingCorpus.lines + SmugglingCorpus.lengths + SmugglingCorpus.codings {
            #expect(message.fault.status == 400)
        }
    }

    private static func isAboutRequestsOnly(_ fault: MessageFault) -> Bool {
        switch fault {
        case .requestLineMalformed, .methodMalformed, .targetMalformed, .versionMalformed, .versionUnsupported, .hostMissing, .hostRepeated,
            .hostMalformed, .expectationUnknown, .emptyLinesTooMany, .bareLF, .bareCR, .controlByte, .transferEncodingInHTTP10:
            true
        default: false
        }
    }
}
