/// Kubernetes' `LabelSelector`: all of `matchLabels` and all of `matchExpressions` hold. An empty one selects everything.
public struct LabelSelector: Hashable, Sendable, CustomStringConvertible {
    /// One requirement.
    public struct Requirement: Hashable, Sendable, CustomStringConvertible {
        /// How the label is looked at.
        public enum Operator: String, Hashable, Sendable, CaseIterable {
            /// It is there, with one of the values.
            case isIn = "In"
            /// It is not there, or has none of the values.
            case notIn = "NotIn"
            /// It is there.
            case exists = "Exists"
            /// It is not there.
            case doesNotExist = "DoesNotExist"
        }

        /// The label.
        public let key: String
        /// How it is looked at.
        public let `operator`: Operator
        /// For `In` and `NotIn`: at least one; else none.
        public let values: [String]

        /// Makes a requirement.
        public init(key: String, operator: Operator, values: [String] = []) {
            self.key = key
            self.`operator` = `operator`
            self.values = values
        }

        /// Whether labels are as it asks.
        public func matches(_ labels: [String: String]) -> Bool {
            let value = labels[key]
            switch `operator` {
            case .isIn: return value.map(values.contains) ?? false
            case .notIn: return value.map { !values.contains($0) } ?? true
            case .exists: return value != nil
            case .doesNotExist: return value == nil
            }
        }

        /// As `kubectl` writes it: `team in (a, b)`.
        public var description: String {
            switch `operator` {
            case .isIn where values.count == 1: "\(key)=\(values[0])"
            case .isIn: "\(key) in (\(values.joined(separator: ", ")))"
            case .notIn: "\(key) notin (\(values.joined(separator: ", ")))"
            case .exists: key
            case .doesNotExist: "!\(key)"
            }
        }
    }

    /// All of them hold; `matchLabels` are among them.
    public let requirements: [Requirement]

    /// Makes a selector.
    public init(_ requirements: [Requirement]) { self.requirements = requirements }

    /// Whether labels are selected.
    public func matches(_ labels: [String: String]) -> Bool { requirements.allSatisfy { $0.matches(labels) } }

    /// As `kubectl` writes it.
    public var description: String {
        requirements.isEmpty ? "any labels" : requirements.map(\.description).joined(separator: ", ")
    }
}
