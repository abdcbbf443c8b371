import Core
import FoundationEssentials
import KubernetesAPI
import KubernetesClient
import Logging
import Manifests
import TestKit
import Testing

@Suite("Statuses: when to write, when to leave it") struct StatusPacerTests {
    private var pacer = StatusPacer()

    private func write(_ wish: String = "a", seen version: Int, name: String = "web") -> StatusWrite {
        var metadata = ObjectMeta(namespace: "shop", name: name)
        metadata.resourceVersion = "\(version)"
        return StatusWrite(.ingress, metadata, status: .string(wish))
    }

    private func at(_ seconds: Double) -> Date { Date(timeIntervalSince1970: 1_788_264_000 + seconds) }

    private mutating func succeed(_ write: StatusWrite, _ seconds: Double) -> Bool {
        guard pacer.decide(write, now: at(seconds)) == .write else { return false }
        pacer.succeeded(write.target, now: at(seconds))
        return true
    }

    @Test mutating func `a write is not repeated before the watch could show it`() {
        #expect(succeed(write(seen: 1), 0))
        #expect(pacer.decide(write(seen: 1), now: at(29)) == .wait(until: at(30)))
        #expect(pacer.decide(write(seen: 1), now: at(30)) == .write)
    }

    @Test mutating func `one write at a time`() {
        #expect(pacer.decide(write(seen: 1), now: at(0)) == .write)
        #expect(pacer.decide(write("b", seen: 1), now: at(0)) == .wait(until: at(1)))
    }

    @Test mutating func `after three rewrites in five minutes the other writer has won`() {
        for round in 0...StatusPacer.rewritesMax { #expect(succeed(write(seen: round), Double(round))) }
        #expect(pacer.decide(write(seen: 10), now: at(10)) == .giveUp(isNew: true))
        #expect(pacer.decide(write(seen: 11), now: at(11)) == .giveUp(isNew: false))
        #expect(pacer.givenUp == ["Ingress shop/web"])
        #expect(pacer.decide(write(seen: 11), now: at(10_000)) == .giveUp(isNew: false))
        // Other objects, and another wish for the same one, are not affected.
        #expect(pacer.decide(write(seen: 1, name: "other"), now: at(12)) == .write)
        #expect(pacer.decide(write("b", seen: 12), now: at(12)) == .write)
        #expect(pacer.givenUp.isEmpty)
    }

    @Test mutating func `rewrites that are far apart are no fight`() {
        for round in 0..<20 { #expect(succeed(write(seen: round), Double(round) * 101)) }
    }

    @Test mutating func `a fight is remembered while the value is right in between`() {
        for round in 0...StatusPacer.rewritesMax {
            #expect(succeed(write(seen: round), Double(round)))
            pacer.retain([], now: at(Double(round)))
        }
        #expect(pacer.decide(write(seen: 10), now: at(10)) == .giveUp(isNew: true))
        // Until the other writer comes round.
        pacer.retain([], now: at(11))
        #expect(pacer.decide(write(seen: 12), now: at(12)) == .write)
    }

    @Test mutating func `a failed write is tried again later and later`() {
        var seconds = 0.0
        var pauses: [Double] = []
        for _ in 0..<11 {
            #expect(pacer.decide(write(seen: 1), now: at(seconds)) == .write)
            let next = pacer.failed(write(seen: 1).target, retryAfter: nil, now: at(seconds))
            pauses.append(next.timeIntervalSince(at(seconds)))
            #expect(pacer.decide(write(seen: 1), now: at(seconds)) == .wait(until: next))
            seconds = next.timeIntervalSince(at(0))
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
        let asked = pacer.failed(write(seen: 1).target, retryAfter: .seconds(900), now: at(seconds))
        #expect(asked == at(seconds + 900))
    }
}

@Suite("Statuses: written to an API server") struct StatusWriteTests {
    @Test func `only the status is written, as ours, and to the object that was meant`() async throws {
        let server = try await FakeAPIServer()
        let client = APIClient(server.configuration, logger: Logger(label: "t") { _ in SwiftLogNoOpLogHandler() })
        server.put("apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web, namespace: shop}\nspec: {ingressClassName: x}")
        var metadata = ObjectMeta(namespace: "shop", name: "web")
        metadata.uid = server.object(.ingresses, namespace: "shop", name: "web")?.at("metadata", "uid")?.text
        let status = ManifestValue.mapping([
            .init("loadBalancer", .mapping([.init("ingress", .sequence([LoadBalancerIngress(ip: "192.0.2.1").value()]))]))
        ])
        try await client.send(StatusWrite(.ingress, metadata, status: status))
        let stored = try #require(server.object(.ingresses, namespace: "shop", name: "web"))
        #expect(stored.at("spec", "ingressClassName")?.text == "x")
        #expect(stored.at("status", "loadBalancer", "ingress")?.elements.first?["ip"]?.text == "192.0.2.1")
        let request = try #require(server.requests(.apply).last)
        #expect(request.subresource == "status" && request.query["fieldManager"] == "certctl-status")

        metadata.uid = "another"
        let error = await #expect(throws: APIError.self) {
            try await client.send(StatusWrite(.ingress, metadata, status: status))
        }
        #expect(error?.code == .invalid)  // a uid is a field that never changes
        metadata = ObjectMeta(namespace: "shop", name: "gone")
        let missing = await #expect(throws: APIError.self) {
            try await client.send(StatusWrite(.ingress, metadata, status: status))
        }
        #expect(missing?.code == .notFound)
    }
}
