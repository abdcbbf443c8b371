internal import ACME
public import FoundationEssentials

/// How far the order of a certificate is, step by step. It says nothing that is secret: no key, no token.
public struct OrderProgress: Codable, Hashable, Sendable {
    /// One step of an order. RFC 8555 §7.1.
    public struct Step: Codable, Hashable, Sendable {
        /// What it is.
        public enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
            /// The account at the CA is known. RFC 8555 §7.3.
            case account
            /// The order is placed. §7.4.
            case order
            /// The CA is shown that a name is ours; one step for each name. §7.5.
            case authorization
            /// The certificate is asked for. §7.4.
            case finalize
            /// It is fetched, and checked. §7.4.2.
            case download
        }

        /// Where it stands.
        public enum State: String, Codable, Hashable, Sendable {
            /// It has not begun.
            case waiting
            /// It is under way.
            case running
            /// It is done.
            case done
            /// It did not work out; ``Step/detail`` says why.
            case failed
        }

        /// What it is.
        public var kind: Kind
        /// The name that an authorization is for; nil for the other steps.
        public var name: String?
        /// Where it stands.
        public var state: State
        /// When it came to this; nil when this process does not know.
        public var at: Date?
        /// More, such as the challenge that is looked at, or the CA's words.
        public var detail: String?

        /// Makes a step.
        public init(_ kind: Kind, name: String? = nil, _ state: State, at: Date? = nil, detail: String? = nil) {
            self.kind = kind
            self.name = name
            self.state = state
            self.at = at
            self.detail = detail
        }
    }

    /// The CA, by its directory.
    public var directory: String
    /// The order at the CA; nil while it is not placed.
    public var url: String?
    /// All steps, in their order.
    public var steps: [Step]

    /// Makes one.
    public init(directory: String, url: String? = nil, steps: [Step]) {
        self.directory = directory
        self.url = url
        self.steps = steps
    }
}

extension OrderProgress {
    /// What the record of an order tells, which is what survives a crash: which names, which CA, and whether the order is placed.
    init(_ record: OrderRecord) {
        let isPlaced = record.orderURL != nil
        var steps = [
            Step(.account, .done, detail: record.accountURL.isEmpty ? nil : record.accountURL),
            Step(.order, isPlaced ? .done : .waiting, at: record.orderedAt, detail: record.orderURL),
        ]
        steps += record.identifiers.map { Step(.authorization, name: $0.value, isPlaced ? .running : .waiting) }
        self.init(
            directory: record.directoryURL, url: record.orderURL, steps: steps + [Step(.finalize, .waiting), Step(.download, .waiting)])
    }
}
