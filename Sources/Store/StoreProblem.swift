public import KubernetesAPI

/// Something wrong with what the user gave, for as long as it is so.
public struct StoreProblem: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The file, relative to the manifests folder; a path for what lies elsewhere.
    public let source: String
    /// The document within the file, from 1; nil when it is about the whole file.
    public let document: Int?
    /// The line within the file, from 1.
    public let line: Int?
    /// The field, such as `spec.rules[2].host`.
    public let field: String?
    /// What is wrong. Never the content of a Secret.
    public let message: String
    /// The object concerned, where it is known.
    public let object: ObjectKey?

    /// Makes a problem from its parts.
    public init(
        source: String, document: Int? = nil, line: Int? = nil, field: String? = nil, message: String, object: ObjectKey? = nil
    ) {
        self.source = source
        self.document = document
        self.line = line
        self.field = field
        self.message = message
        self.object = object
    }

    /// `dir/x.yaml, document 2, line 14, spec.rules[0].host: message`.
    public var description: String {
        var place = source
        if let document { place += ", document \(document)" }
        if let line { place += ", line \(line)" }
        if let field, !field.isEmpty { place += ", \(field)" }
        return "\(place): \(message)"
    }

    /// The problems as an update has them: sorted, and no more than ``StoreLimits/problemsMax``, the last of which counts those beyond.
    package static func listed(_ problems: [StoreProblem]) -> [StoreProblem] {
        var all = problems.sorted()
        if all.count > StoreLimits.problemsMax {
            let left = all.count - StoreLimits.problemsMax + 1
            all.removeLast(left)
            all.append(StoreProblem(source: "", message: "there are \(left) further problems"))
        }
        return all
    }

    /// Orders by file, then by line.
    public static func < (left: Self, right: Self) -> Bool {
        (left.source, left.line ?? 0, left.message) < (right.source, right.line ?? 0, right.message)
    }
}
