/// SplitMix64: the same messages for the same seed, on every machine.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// True once in so many times.
    mutating func once(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    mutating func pick<T>(_ choices: [T]) -> T { choices[Int.random(in: 0..<choices.count, using: &self)] }
}

/// Makes streams of messages that are mostly good, and damages some of them where recipients are known to differ.
struct MessageGenerator {
    var random: SeededRandom

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    /// One to three requests, damaged in about two of three cases.
    mutating func requests() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0...Int.random(in: 0...2, using: &random) { bytes += request() }
        if !random.once(in: 3) { mutate(&bytes) }
        return bytes
    }

    /// One response to a GET or a HEAD, with an interim one before it at times, damaged in about two of three cases.
    mutating func response() -> [UInt8] {
        var bytes: [UInt8] = []
        if random.once(in: 8) { bytes += wire("HTTP/1.1 \(random.pick(["100 Continue", "103 Early Hints"]))\r\nLink: x\r\n\r\n") }
        let isOld = random.once(in: 6)
        let line = "HTTP/1.\(isOld ? 0 : 1) \(random.pick(["200 OK", "200", "404 Not Found", "204 N", "304 N", "500 ", "999 X"]))\r\n"
        bytes += wire(line + fields() + body(mayBeChunked: !isOld))
        if !random.once(in: 3) { mutate(&bytes) }
        return bytes
    }

    private mutating func request() -> [UInt8] {
        let empty = random.once(in: 12) ? "\r\n" : ""
        let method = random.pick(["GET", "GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS", "PATCH"])
        let target = random.pick([
            "/", "/a/b?c=d", "/%2e%2e/", "/a|b{c}", "http://b.example/x", "http://b?y", "/" + String(repeating: "p", count: 40),
        ])
        let isOld = random.once(in: 6)
        let host = random.once(in: 60) ? "" : "Host: a.example\r\n"
        return wire("\(empty)\(method) \(target) HTTP/1.\(isOld ? 0 : 1)\r\n\(host)\(fields())\(body(mayBeChunked: !isOld))")
    }

    private mutating func fields() -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            text += random.pick([
                "Accept: */*\r\n", "User-Agent:x y/1 (z)\r\n", "X-Empty:\r\n", "X-Pad:  \t a\tb  \r\n", "Cookie: a=b; c=d\r\n",
                "Connection: keep-alive\r\n",
                "Connection: close\r\n", "Keep-Alive: 5\r\n", "X_Y: 1\r\n", "X-Text: \u{E9}\u{FC}\r\n", "TE: trailers\r\n", "Date: x\r\n",
                "!#$%&'*+-.^_`|~: t\r\n", "X-Colon: a:b:c\r\n",
            ])
        }
        return text
    }

    /// The last field or two, the empty line and the body.
    private mutating func body(mayBeChunked: Bool) -> String {
        switch Int.random(in: 0..<(mayBeChunked ? 6 : 3), using: &random) {
        case 0: return "\r\n"
        case 1, 2:
            let body = random.pick(["", "a", "hello", "0\r\n\r\n", "GET / HTTP/1.1\r\n\r\n"])
            return "Content-Length: \(random.once(in: 8) ? "0" : "")\(body.utf8.count)\r\n\r\n\(body)"
        default: return "Transfer-Encoding: \(random.pick(["chunked", "chunked", "Chunked"]))\r\n\r\n\(chunks())"
        }
    }

    private mutating func chunks() -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let data = random.pick(["a", "hello", "0\r\n\r\n", String(repeating: "x", count: 26)])
            let size = String(data.utf8.count, radix: 16, uppercase: random.once(in: 2))
            text +=
                "\(random.once(in: 8) ? "0" : "")\(size)\(random.once(in: 6) ? random.pick([";x=y", ";x", ";x=\"y;z\""]) : "")\r\n\(data)\r\n"
        }
        return text + "0\r\n" + (random.once(in: 3) ? random.pick(["X-Sum: 1\r\n", "A: b\r\nC: d\r\n"]) : "") + "\r\n"
    }

    /// What recipients differ about, to be put anywhere.
    private static let fragments: [[UInt8]] =
        [
            "\r\n", "\n", "\r", "\n\r", "\r\r\n", "\r\n\r\n", "\r\n ", "\r\n\t", " ", "\t", "\0", "\u{B}", "\u{7F}", ":", ",", ";", "=",
            "\"", "#", "/", "0", "00",
            "1", "9", "-", "+", "0x", "_", "a", "chunked", "identity", "gzip, ", ", chunked", "Content-Length: 3\r\n",
            "Content-Length: 0\r\n",
            "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: x\r\n", "Host: b\r\n", "Connection: close\r\n",
            "Connection: upgrade\r\nUpgrade: x\r\n",
            " HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.2", "GET / HTTP/1.1\r\nHost: c\r\n\r\n", "5\r\nhello\r\n", "0\r\n\r\n",
            "ffffffffffffffff\r\n",
            "18446744073709551616", "X: y\r\n", " : ", "\u{E9}", "\u{FF}", "Expect: 100-continue\r\n", "@", "[::1]",
        ].map { (text: String) in text.unicodeScalars.flatMap { $0.value < 0x100 ? [UInt8($0.value)] : Array(String($0).utf8) } }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0...Int.random(in: 0...1, using: &random) {
            guard !bytes.isEmpty else { return }
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, place + Int.random(in: 1...6, using: &random))
            switch Int.random(in: 0..<9, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            case 4: bytes.removeSubrange(place...)
            case 5: bytes.insert(contentsOf: random.pick(Self.fragments), at: nextLine(bytes, from: place))
            case 6: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &random)
            default: bytes.insert(contentsOf: random.pick(Self.fragments), at: place)
            }
        }
    }

    /// The start of the next line, where a field can be put without breaking one.
    private func nextLine(_ bytes: [UInt8], from place: Int) -> Int {
        bytes[place...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? place
    }
}
