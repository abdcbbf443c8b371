import Testing

@testable import Proxy

@Suite("Timer wheel") struct TimerWheelTests {
    private final class Entry: WheelEntry {
        var passed: [UInt64] = []
        let wheel: TimerWheel
        var action: (() -> Void)?
        init(_ wheel: TimerWheel) { self.wheel = wheel }
        override func deadlinePassed() {
            passed.append(wheel.now)
            action?()
        }
    }

    @Test func `a deadline is never early and at most one tick late`() {
        let wheel = TimerWheel()
        for ticks in [0, 1, 2, 100, 1022, 1023, 1024, 5000] as [UInt64] {
            let entry = Entry(wheel)
            let armedAt = wheel.now
            _ = wheel.arm(entry, after: ticks)
            wheel.advance(by: ticks)
            #expect(entry.passed.isEmpty)
            wheel.advance(by: 3)
            #expect(entry.passed == [armedAt + ticks + 1])
            #expect(wheel.isEmpty)
        }
    }

    @Test func `arming later moves the deadline without linking again`() {
        let wheel = TimerWheel()
        let entry = Entry(wheel)
        #expect(wheel.arm(entry, after: 10))
        for _ in 0..<50 {
            wheel.advance(by: 5)
            #expect(!wheel.arm(entry, after: 10))
        }
        #expect(entry.passed.isEmpty)
        wheel.advance(by: 11)
        #expect(entry.passed == [261])
    }

    @Test func `arming earlier counts`() {
        let wheel = TimerWheel()
        let entry = Entry(wheel)
        _ = wheel.arm(entry, after: 500)
        _ = wheel.arm(entry, after: 3)
        wheel.advance(by: 10)
        #expect(entry.passed == [4])
        wheel.advance(by: 600)
        #expect(entry.passed == [4])
    }

    @Test func `what is disarmed or removed does not pass`() {
        let wheel = TimerWheel()
        let entries = (0..<3).map { _ in Entry(wheel) }
        for entry in entries { _ = wheel.arm(entry, after: 5) }
        entries[0].disarm()
        wheel.remove(entries[1])
        wheel.advance(by: 10)
        #expect(entries.map(\.passed.count) == [0, 0, 1])
        #expect(wheel.isEmpty)
        _ = wheel.arm(entries[0], after: 1)
        wheel.advance(by: 2)
        #expect(entries[0].passed.count == 1)
    }

    @Test func `callbacks may arm and remove others of the same slot`() {
        let wheel = TimerWheel()
        let entries = (0..<20).map { _ in Entry(wheel) }
        for entry in entries { _ = wheel.arm(entry, after: 5) }
        for (index, entry) in entries.enumerated() {
            entry.action = {
                wheel.remove(entries[(index + 7) % 20])
                _ = wheel.arm(entry, after: 5)
            }
        }
        wheel.advance(by: 6)
        let passed = entries.filter { !$0.passed.isEmpty }.count
        #expect((1..<20).contains(passed))
        wheel.advance(by: 100)
    }

    @Test func `any sequence of calls agrees with a plain list`() {
        let random = RequestIDs(seed: 7)
        let wheel = TimerWheel()
        let entries = (0..<40).map { _ in Entry(wheel) }
        var expected: [UInt64?] = Array(repeating: nil, count: 40)
        for _ in 0..<20_000 {
            let index = Int(random.next() % 40)
            switch random.next() % 8 {
            case 0...3:
                let ticks = random.next() % 2500
                _ = wheel.arm(entries[index], after: ticks)
                expected[index] = wheel.now + ticks + 1
            case 4:
                entries[index].disarm()
                expected[index] = nil
            case 5:
                wheel.remove(entries[index])
                expected[index] = nil
            default:
                let ticks = random.next() % 60
                wheel.advance(by: ticks)
                for index in entries.indices {
                    let due = expected[index].map { $0 <= wheel.now } ?? false
                    #expect(entries[index].passed == (due ? [expected[index] ?? 0] : []))
                    if due { expected[index] = nil }
                    entries[index].passed = []
                }
            }
        }
    }
}
