/// What `certctl check` asks a server.
public struct CheckRequest: Codable, Hashable, Sendable {
    /// The Ingress, as `namespace/name`.
    public var ingress: String

    /// Asks about an Ingress.
    public init(ingress: String) { self.ingress = ingress }
}

/// One line of a check.
public struct CheckFinding: Codable, Hashable, Sendable {
    /// What was looked at.
    public enum Subject: String, Codable, Hashable, Sendable, CaseIterable {
        /// Where the name leads.
        case dns
        /// Whether plain HTTP under the name reaches this instance.
        case http
        /// Whether HTTPS under the name reaches this instance.
        case https
        /// Whether the zone lets the CA issue. RFC 8659.
        case caa
        /// Whether the policies allow the certificate.
        case policy
        /// Whether a limit of the CA's holds it back.
        case budget
        /// Which solver proves the name, and whether its settings, Secrets and standing records are there.
        case solver
        /// Whether the Secret may be written.
        case secret
        /// Whether this instance may do in the cluster what issuing needs.
        case rights
        /// Whether the issuer can be asked.
        case issuer
    }

    /// How it is.
    public enum Status: String, Codable, Hashable, Sendable {
        /// Nothing stands in the way.
        case good
        /// Something does.
        case bad
        /// It could not be found out, or does not apply; it is not counted as a fault.
        case skipped
    }

    /// The name that it is about.
    public var host: String
    /// What was looked at.
    public var check: Subject
    /// How it is.
    public var status: Status
    /// One sentence for a person.
    public var message: String

    /// Makes a finding; the message is brought to one harmless line.
    public init(_ host: String, _ check: Subject, _ status: Status, _ message: String) {
        self.host = ShownText.line(host)
        self.check = check
        self.status = status
        self.message = ShownText.line(message)
    }
}

/// What a server knows about an Ingress without looking at the network around it: the rest is looked at by whoever asks, from where it is.
public struct CheckFacts: Codable, Hashable, Sendable {
    /// What is known about one name.
    public struct Host: Codable, Hashable, Sendable {
        /// The name, with `*.` for a wildcard, or an address.
        public var name: String
        /// Whether a `tls` section names it.
        public var wantsTLS: Bool
        /// The names of its CA in CAA records; nil when no ACME CA is asked.
        public var caaIdentities: [String]?
        /// The account that orders.
        public var accountURL: String?
        /// How it is going to be proved, the preferred way first.
        public var challengeTypes: [String] = []
        /// What the server found.
        public var findings: [CheckFinding] = []

        /// Makes a host about which nothing is known.
        public init(name: String, wantsTLS: Bool) {
            self.name = name
            self.wantsTLS = wantsTLS
        }
    }

    /// The Ingress, as `namespace/name`.
    public var ingress: String
    /// Addresses and names of `status.loadBalancer`: where clients are meant to go.
    public var addresses: [String]
    /// Sorted by name.
    public var hosts: [Host]
}

/// A challenge that no CA asked for: whoever finds its content under a name has reached this instance.
public struct CheckProbe: Codable, Hashable, Sendable {
    /// The last part of the path below `/.well-known/acme-challenge/`.
    public var token: String
    /// What is answered there.
    public var content: String
    /// How long.
    public var seconds: Int
}
