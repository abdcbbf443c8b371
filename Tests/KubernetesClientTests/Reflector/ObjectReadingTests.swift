import Core
import KubernetesAPI
import Manifests
import TestKit
import Testing

@testable import KubernetesClient

@Suite("Reading lists and watch events, Kubernetes API concepts") struct ObjectReadingTests {
    static let reading = ObjectReading<Service> { node throws(ManifestError) in
        let service = try Service(from: node)
        return service.metadata.name.hasPrefix("skip") ? nil : service
    }

    static func text(_ page: ObjectReading<Service>.Page) -> [String] { page.changes.map(text) }

    static func text(_ change: ReflectedChange<Service>) -> String {
        switch change {
        case .changed(let service): "changed \(service.metadata.id)"
        case .unwanted(let identity): "unwanted \(identity.name)"
        case .refused(let identity, let error): "refused \(identity.name) \(error.field ?? "")"
        case .deleted(let identity): "deleted \(identity.name) \(identity.uid ?? "") \(identity.resourceVersion ?? "")"
        }
    }

    static func page(_ json: String) throws -> ObjectReading<Service>.Page { try reading.page(Array(json.utf8)) }

    @Test func `a page has objects, a version and perhaps a continuation`() throws {
        let page = try Self.page(
            """
            {"kind":"ServiceList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"abc","remainingItemCount":3},"items":[
            {"metadata":{"namespace":"a","name":"x","managedFields":[{"manager":"k","fieldsV1":{"f:spec":{}}}]},"spec":{"new":{"a":[1]}}},
            {"metadata":{"namespace":"a","name":"skip-me"}},
            {"metadata":{"namespace":"a","name":"bad"},"spec":{"ports":[{"port":0}]}}]}
            """)
        #expect(Self.text(page) == ["changed a/x", "unwanted a/skip-me", "refused a/bad items[2].spec.ports[0].port"])
        #expect(page.resourceVersion == "7")
        #expect(page.continueToken == "abc")
    }

    @Test(arguments: [#""items":null"#, #""items":[]"#, #""x":1"#])
    func `an empty list may be written in several ways`(_ items: String) throws {
        let page = try Self.page(#"{"metadata":{"resourceVersion":"7","continue":""},\#(items)}"#)
        #expect(page.changes.isEmpty)
        #expect(page.continueToken == nil)
    }

    @Test(
        arguments: [
            "", "[]", "null", #"{"metadata":{},"items":[]}"#, #"{"metadata":{"resourceVersion":7},"items":[]}"#,
            #"{"metadata":{"resourceVersion":"7"},"items":{}}"#, #"{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{}}]}"#,
            #"{"metadata":{"resourceVersion":"7"},"items":[4]}"#, #"{"metadata":{"resourceVersion":"7"},"items":[]} {}"#,
        ])
    func `what is no list is refused as a whole`(_ json: String) {
        #expect(throws: MalformedAnswer.self) { try Self.page(json) }
    }

    @Test func `a list that is cut anywhere is refused as a whole`() {
        let json = Array(#"{"metadata":{"resourceVersion":"7"},"items":[{"metadata":{"namespace":"a","name":"x"}}]}"#.utf8)
        for count in 0..<json.count {
            #expect(throws: MalformedAnswer.self) { try Self.reading.page(Array(json.prefix(count))) }
        }
    }

    static func event(_ json: String) throws -> String {
        switch try reading.event(Array(json.utf8)) {
        case .change(let change, let version): "\(text(change)) at \(version)"
        case .bookmark(let version): "bookmark \(version)"
        case .error(let status): "error \(status.code)"
        }
    }

    static let object = #""object":{"metadata":{"namespace":"a","name":"x","uid":"u","resourceVersion":"8"}}"#

    @Test func `events are read by their type`() throws {
        #expect(try Self.event(#"{"type":"ADDED",\#(Self.object)}"#) == "changed a/x at 8")
        #expect(try Self.event(#"{"type":"MODIFIED",\#(Self.object)}"#) == "changed a/x at 8")
        #expect(try Self.event(#"{"type":"DELETED",\#(Self.object)}"#) == "deleted a/x u 8 at 8")
        #expect(try Self.event(#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9"}}}"#) == "bookmark 9")
        #expect(try Self.event(#"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}}"#) == "error 410")
    }

    @Test(
        arguments: [
            "", "{}", #"{"type":"ADDED"}"#, #"{"type":"ADDED","object":7}"#, #"{"type":7,"object":{}}"#, #"{"type":"ADDED","object":{}}"#,
            #"{"type":"NEW","object":{"metadata":{"name":"x","resourceVersion":"8"}}}"#, #"{"type":"ERROR","object":{"kind":"Pod"}}"#,
            #"{"type":"DELETED","object":{"metadata":{"resourceVersion":"8"}}}"#, #"{"type":"BOOKMARK","object":{"metadata":{}}}"#,
        ])
    func `what is no event is refused`(_ json: String) {
        #expect(throws: MalformedAnswer.self) { try Self.event(json) }
    }

    @Test func `no change of bytes makes reading trap`() {
        var random = SeededRandom(seed: 7)
        let event = Array(#"{"type":"ADDED",\#(Self.object)}"#.utf8)
        for _ in 0..<3000 {
            var bytes = event
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? Self.reading.event(bytes)
            _ = try? Self.reading.page(bytes)
        }
    }
}
