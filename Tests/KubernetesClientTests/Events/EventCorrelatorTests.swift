import Core
import FoundationEssentials
import Testing

@testable import KubernetesClient

@Suite("Event correlator: series and limits, events.k8s.io/v1") struct EventCorrelatorTests {
    private var correlator = EventCorrelator()

    private func after(_ seconds: Double) -> Date { eventNoon.addingTimeInterval(seconds) }

    private func created(_ writes: [EventCorrelator.Write]) -> [EventRecord] {
        writes.compactMap { if case .create(let record) = $0 { record } else { nil } }
    }

    private func patched(_ writes: [EventCorrelator.Write]) -> [EventRecord] {
        writes.compactMap { if case .patchSeries(let record) = $0 { record } else { nil } }
    }

    @Test mutating func `the first is created, the second makes a series, further ones are counted until it ends`() throws {
        let event = EventSample.event()
        let first = created(correlator.record(event, now: eventNoon))
        #expect(first.count == 1 && first.first?.count == 1)
        let second = patched(correlator.record(event, now: after(10)))
        #expect(second.first?.name == first.first?.name && second.first?.count == 2)
        for step in 1...5 { #expect(correlator.record(event, now: after(10 + Double(step))).isEmpty) }
        #expect(correlator.tick(now: after(15 + 360)).isEmpty)
        let end = patched(correlator.tick(now: after(15 + 361)))
        #expect(end.map(\.count) == [7] && end.first?.lastObserved == after(15))
        #expect(correlator.rememberedCount.events == 0)
    }

    @Test mutating func `what comes again after the gap is a new event, and the old series is written first`() {
        let event = EventSample.event()
        for seconds in [0.0, 1, 2] { _ = correlator.record(event, now: after(seconds)) }
        #expect(correlator.record(event, now: after(362)).isEmpty)
        let writes = correlator.record(event, now: after(362 + 361))
        #expect(patched(writes).map(\.count) == [4] && created(writes).count == 1)
        #expect(created(writes).first?.count == 1)
    }

    @Test mutating func `a long series is written each half hour`() {
        let event = EventSample.event()
        var patches = 0
        for minute in 0..<90 {
            patches += patched(correlator.record(event, now: after(Double(minute) * 60))).count
            patches += patched(correlator.tick(now: after(Double(minute) * 60 + 30))).count
        }
        #expect(patches == 3)
    }

    @Test mutating func `other notes, reasons and objects are other events`() {
        let events = [
            EventSample.event(), EventSample.event(note: "other"), EventSample.event(reason: "Issued"), EventSample.event("other"),
        ]
        for event in events { #expect(created(correlator.record(event, now: eventNoon)).count == 1) }
        #expect(Set(correlator.tick(now: eventNoon)).isEmpty)
    }

    @Test mutating func `names are unique, and the same in every process for an occurrence`() {
        var names: Set<String> = []
        for index in 0..<20 { names.formUnion(created(correlator.record(EventSample.event(note: "\(index)"), now: eventNoon)).map(\.name)) }
        #expect(names.count == 20)
        var other = EventCorrelator()
        let event = EventSample.event(reason: "Issued", occurrence: "serial 01")
        let here = created(correlator.record(event, now: eventNoon)).map(\.name)
        #expect(here == created(other.record(event, now: after(99))).map(\.name))
        let next = EventSample.event(reason: "Issued", occurrence: "serial 02")
        #expect(here != created(correlator.record(next, now: eventNoon)).map(\.name))
    }

    @Test mutating func `an occurrence is no series`() {
        let event = EventSample.event(occurrence: "1")
        #expect(created(correlator.record(event, now: eventNoon)).count == 1)
        #expect(correlator.record(event, now: after(1)).isEmpty)
        #expect(correlator.tick(now: after(1000)).isEmpty)
    }

    @Test mutating func `one object gets so many events, then one each five minutes; others are not affected`() {
        for index in 0..<EventLimits.objectBurst {
            #expect(created(correlator.record(EventSample.event(note: "\(index)"), now: eventNoon)).count == 1)
        }
        #expect(correlator.record(EventSample.event(note: "one more"), now: eventNoon).isEmpty)
        #expect(correlator.limited == 1)
        #expect(created(correlator.record(EventSample.event("other"), now: eventNoon)).count == 1)
        #expect(correlator.record(EventSample.event(note: "299 s"), now: after(299)).isEmpty)
        #expect(created(correlator.record(EventSample.event(note: "300 s"), now: after(300))).count == 1)
        #expect(correlator.record(EventSample.event(note: "301 s"), now: after(301)).isEmpty)
    }

    @Test mutating func `a clock that is set back harms nothing`() {
        _ = correlator.record(EventSample.event(), now: eventNoon)
        #expect(patched(correlator.record(EventSample.event(), now: after(-3600))).count == 1)
        #expect(created(correlator.record(EventSample.event(note: "x"), now: after(-7200))).count == 1)
    }

    @Test mutating func `no more is remembered than allowed, and quiet objects are forgotten`() {
        for index in 0..<(EventLimits.rememberedMax + 10) {
            _ = correlator.record(EventSample.event("n\(index)"), now: after(Double(index) / 1000))
        }
        #expect(correlator.rememberedCount.events <= EventLimits.rememberedMax)
        #expect(correlator.rememberedCount.objects <= EventLimits.rememberedMax)
        _ = correlator.tick(now: after(1000))
        #expect(correlator.rememberedCount == (0, 0))
    }

    @Test(arguments: [1023, 1024, 1025, 3000])
    func `a note is cut to 1024 bytes between two characters`(bytes: Int) {
        let note = String(repeating: "x", count: bytes - 2) + "é"
        let cut = EventSample.event(note: note).note
        #expect(cut.utf8.count == (bytes <= 1024 ? bytes : bytes == 1025 ? 1023 : 1024))
        #expect(note.hasPrefix(cut))
    }

    @Test func `names fit 253 bytes and stay names`() {
        let object = EventSample.object(String(repeating: "a", count: 236) + "." + String(repeating: "b", count: 16))
        for length in 1...20 {
            let name = EventRecord.name(of: object, suffix: String(repeating: "1", count: length))
            #expect(name.utf8.count <= 253 && !name.contains("..") && !name.contains("-."))
        }
    }

    @Test(arguments: [(0.0, ".000000Z"), (0.25, ".250000Z"), (0.000_002, ".000001Z"), (0.999_99, ".999990Z")])
    func `times have microseconds`(fraction: Double, suffix: String) {
        let text = MicroTime.text(Date(timeIntervalSince1970: 1_788_264_000 + fraction))
        #expect(text.hasPrefix("2026-09-01T12:00:00.") && text.utf8.count == 27)
        #expect(text.hasSuffix(suffix) || fraction == 0.000_002 || fraction == 0.999_99)
    }
}
