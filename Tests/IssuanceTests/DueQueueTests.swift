import FoundationEssentials
import TestKit
import Testing

@testable import Issuance

@Suite("Due queue") struct DueQueueTests {
    @Test func `it gives what a sorted list gives, whatever is moved and removed`() {
        var random = SplitMix64(seed: 7)
        var queue = DueQueue<Int>()
        var model: [Int: Date] = [:]
        for _ in 0..<20_000 {
            let key = Int.random(in: 0..<200, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0, 1:
                let due = Date(timeIntervalSince1970: Double(Int.random(in: 0..<1000, using: &random)))
                queue.set(key, due: due)
                model[key] = due
            case 2:
                queue.remove(key)
                model[key] = nil
            default:
                let now = Date(timeIntervalSince1970: Double(Int.random(in: 0..<1000, using: &random)))
                let first = queue.pop(at: now)
                let earliest = model.values.min()
                #expect((first != nil) == (earliest.map { $0 <= now } ?? false))
                if let first {
                    #expect(model[first] == earliest)
                    model[first] = nil
                }
            }
            #expect(queue.next() == model.values.min())
            #expect(queue.count == model.count)
        }
    }
}
