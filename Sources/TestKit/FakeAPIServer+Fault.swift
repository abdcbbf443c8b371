internal import KubernetesClient

extension FakeAPIServer {
    /// What goes wrong with one request.
    public enum Fault: Sendable {
        /// A Status object instead of the answer; `retryAfter` is the header's text. Nothing is done.
        case status(Int, reason: String, message: String = "scripted", retryAfter: String? = nil)
        /// An answer of anything.
        case answer(status: Int, contentType: String = "application/json", headers: [(String, String)] = [], body: [UInt8])
        /// The answer comes late, and is what it would have been then.
        case delay(Duration)
        /// It is done, but the answer's JSON ends in the middle, in a well-formed message.
        case truncateJSON
        /// It is done, but the connection is closed in the middle of the answer.
        case cutAnswer
        /// It is done, but the connection is closed before the answer.
        case closeAfter
        /// The connection is closed and nothing is done.
        case closeBefore
        /// Nothing is done and nothing is answered, ever.
        case hang
        /// A watch that is closed after so many events, in the middle of the next one if `isWithinEvent`.
        case cutWatch(afterEvents: Int, isWithinEvent: Bool = false)
        /// A watch that says nothing any more after so many events, though the connection stays.
        case stallWatch(afterEvents: Int)
        /// A watch that ends with an ERROR event.
        case watchError(Int, reason: String, afterEvents: Int = 0)
        /// A watch that sends each event twice.
        case duplicateEvents
        /// A watch that sends these bytes as its first line.
        case rawEvent([UInt8])

        /// A resource version that is too old: 410, as an answer.
        public static let gone = Fault.status(410, reason: "Expired", message: "too old resource version: 1 (2)")
        /// Somebody else was faster.
        public static let conflict = Fault.status(
            409, reason: "Conflict", message: "the object has been modified; please apply your changes to the latest version and try again")
        /// Too many requests.
        public static func tooManyRequests(retryAfter: String?) -> Fault {
            .status(429, reason: "TooManyRequests", message: "the server has received too many requests", retryAfter: retryAfter)
        }
    }

    /// A fault that waits for its request.
    struct Script: Sendable {
        let fault: Fault
        let verb: Verb?
        let resource: APIResource?
        let name: String?
        var skipping: Int
    }
}
