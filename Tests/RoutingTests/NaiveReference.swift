import Core
import FoundationEssentials
import HashTreeCollections
import KubernetesAPI
import Store

@testable import Routing

/// The rules as the documents state them, without a thought for speed: what the real implementation is compared with.
enum NaiveReference {
    /// RFC 3986 by splitting strings.
    static func canonicalPath(_ target: String) -> String? {
        let raw = Array(target.utf8.prefix { $0 != UInt8(ascii: "?") })
        guard !raw.isEmpty else { return "/" }
        guard raw[0] == UInt8(ascii: "/") else { return nil }
        var text = ""
        var index = 0
        while index < raw.count {
            var value = raw[index]
            var isTriplet = false
            if value == UInt8(ascii: "%") {
                let digits = raw[(index + 1)...].prefix(2).compactMap { Character(UnicodeScalar($0)).hexDigitValue }
                guard digits.count == 2 else { return nil }
                value = UInt8(digits[0] * 16 + digits[1])
                isTriplet = true
                index += 2
            }
            guard value != 0 else { return nil }
            let character = Character(UnicodeScalar(value))
            let isUnreserved = value < 0x80 && (character.isLetter || character.isNumber || "-._~".contains(character))
            if isUnreserved || (!isTriplet && value > 0x20 && value < 0x7F) {
                text.append(character)
            } else {
                let digits = String(value, radix: 16, uppercase: true)
                text += "%" + (digits.count == 1 ? "0" : "") + digits
            }
            index += 1
        }
        let parts = text.split(separator: "/")
        var kept: [Substring] = []
        for part in parts where part != "." {
            if part == ".." { _ = kept.popLast() } else { kept.append(part) }
        }
        let endsOpen = text.hasSuffix("/") || parts.last == "." || parts.last == ".."
        return "/" + kept.joined(separator: "/") + (endsOpen && !kept.isEmpty ? "/" : "")
    }
}

extension NaiveReference {
    struct Candidate {
        /// Compared from left to right: host specificity, rule before default backend, exact before prefix, elements.
        let weight: [Int]
        let ingress: String
        let kind: String
        let path: String
        let backend: IngressBackend
    }

    /// features of the Ingress API, one after another: every rule is tried, the best one wins, the first of the oldest in a tie.
    static func route(_ objects: ObjectSet, _ policy: IngressClassPolicy, host: String, path: String) -> Candidate? {
        var best: Candidate?
        func offer(_ candidate: Candidate) {
            guard let current = best else {
                best = candidate
                return
            }
            if current.weight.lexicographicallyPrecedes(candidate.weight) { best = candidate }
        }
        let ours = objects.ingresses.values.filter { policy.serves($0, classes: objects.ingressClasses) }
        for ingress in ours.sorted(by: { $0.metadata.precedes($1.metadata) }) {
            let name = ingress.metadata.name
            for rule in ingress.spec.rules {
                guard let hostWeight = weight(of: rule.host ?? "", host) else { continue }
                for item in rule.paths {
                    guard let (exact, elements) = match(item, path) else { continue }
                    let weight = [hostWeight, 1, exact, elements]
                    offer(Candidate(weight: weight, ingress: name, kind: item.pathType.rawValue, path: item.path, backend: item.backend))
                }
                guard let backend = ingress.spec.defaultBackend else { continue }
                offer(Candidate(weight: [hostWeight, 0, 0, 0], ingress: name, kind: "IngressDefault", path: "/", backend: backend))
            }
            guard ingress.spec.rules.isEmpty, let backend = ingress.spec.defaultBackend else { continue }
            offer(Candidate(weight: [0, 0, 0, 0], ingress: name, kind: "ClassDefault", path: "/", backend: backend))
        }
        return best
    }

    /// 3 exact, 2 wildcard, 1 every host, nil no match.
    static func weight(of pattern: String, _ host: String) -> Int? {
        if pattern.isEmpty { return 1 }
        if pattern == host { return 3 }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false).dropFirst()
        return pattern == "*." + labels.joined(separator: ".") && !labels.isEmpty ? 2 : nil
    }

    private static func match(_ item: HTTPIngressPath, _ path: String) -> (exact: Int, elements: Int)? {
        guard let canonical = canonicalPath(item.path) else { return nil }
        if item.pathType == .exact { return canonical == path ? (1, 0) : nil }
        let wanted = canonical.split(separator: "/")
        let given = path.split(separator: "/")
        return given.starts(with: wanted) ? (0, wanted.count) : nil
    }
}
