internal import Manifests

/// Makes changes out of the API server's JSON. Pure.
struct ObjectReading<Object: Sendable>: Sendable {
    /// Makes an object of its document; nil for one that is not wanted.
    let decode: @Sendable (Node) throws(ManifestError) -> Object?

    /// One page of a list.
    struct Page: Sendable {
        let changes: [ReflectedChange<Object>]
        /// nil on the last page.
        let continueToken: String?
        let resourceVersion: String
    }

    /// One event of a watch.
    enum WatchEvent: Sendable {
        case change(ReflectedChange<Object>, resourceVersion: String)
        case bookmark(resourceVersion: String)
        case error(APIStatus)
    }

    /// Reads the answer to a list.
    func page(_ body: [UInt8]) throws(MalformedAnswer) -> Page {
        let root = try document(body)
        guard let metadata = root["metadata"], let version = try? metadata.string("resourceVersion"), !version.isEmpty else {
            throw MalformedAnswer(message: "the list has no resource version")
        }
        var changes: [ReflectedChange<Object>] = []
        var isComplete = true
        // An empty list may say `null`.
        if let items = root["items"] {
            guard items.kind == .sequence else { throw MalformedAnswer(message: "the list's items are no list") }
            items.forEachIndependentElement { item in
                if let change = change(item) { changes.append(change) } else { isComplete = false }
            }
        }
        // To leave an object out would mean that it was deleted.
        guard isComplete else { throw MalformedAnswer(message: "an object of the list has no name") }
        let token = try? metadata.string("continue")
        return Page(changes: changes, continueToken: token?.isEmpty == false ? token : nil, resourceVersion: version)
    }

    /// Reads a line of a watch.
    func event(_ line: [UInt8]) throws(MalformedAnswer) -> WatchEvent {
        let root = try document(line)
        guard let type = try? root.string("type"), let object = root["object"], object.kind == .mapping else {
            throw MalformedAnswer(message: "the event has no type or no object")
        }
        if type == "ERROR" {
            guard let status = APIStatus(from: object) else { throw MalformedAnswer(message: "an error without a Status") }
            return .error(status)
        }
        guard let version = try? object["metadata"]?.string("resourceVersion"), !version.isEmpty else {
            throw MalformedAnswer(message: "the object of the event has no resource version")
        }
        switch type {
        case "BOOKMARK": return .bookmark(resourceVersion: version)
        case "ADDED", "MODIFIED":
            guard let change = change(object) else { throw MalformedAnswer(message: "the object of the event has no name") }
            return .change(change, resourceVersion: version)
        case "DELETED":
            guard let identity = ReflectedIdentity(from: object) else {
                throw MalformedAnswer(message: "the object of the event has no name")
            }
            return .change(.deleted(identity), resourceVersion: version)
        default: throw MalformedAnswer(message: "unknown event \"\(type.oneLine.prefix(32))\"")
        }
    }

    private func change(_ object: Node) -> ReflectedChange<Object>? {
        do throws(ManifestError) {
            if let decoded = try decode(object) { return .changed(decoded) }
            return ReflectedIdentity(from: object).map { .unwanted($0) }
        } catch {
            return ReflectedIdentity(from: object).map { .refused($0, error) }
        }
    }

    private func document(_ bytes: [UInt8]) throws(MalformedAnswer) -> Node {
        guard let root = ManifestReader.object(json: bytes) else { throw MalformedAnswer(message: "not a JSON object") }
        return root
    }
}

/// Why bytes are not what an API server says. Not within ``ObjectReading``: an error type that is generic itself makes the optimizer of
/// Swift 6.3.1 fail ("!type.hasTypeParameter()").
struct MalformedAnswer: Error {
    let message: String
}
