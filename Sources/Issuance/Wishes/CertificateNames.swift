public import Core

/// The names of one certificate, checked, without repetition and in one order, so that two requests for the same names are equal.
public struct CertificateNames: Hashable, Sendable {
    /// DNS names, sorted.
    public private(set) var dnsNames: [DNSName]
    /// IP addresses in canonical text, sorted. RFC 8738.
    public private(set) var ipAddresses: [String]

    /// No names.
    public static let none = CertificateNames()

    private init() {
        dnsNames = []
        ipAddresses = []
    }

    /// Makes a set of names in order.
    public init(dnsNames: some Sequence<DNSName>, ipAddresses: some Sequence<String>) {
        self.dnsNames = Set(dnsNames).sorted()
        self.ipAddresses = Set(ipAddresses).sorted()
    }

    /// Reads the hosts of a `tls` section.
    ///
    /// - Throws: The first that is neither a DNS name nor an IP address. A CA would refuse the whole order, so all are refused.
    public init(hosts: some Sequence<String>) throws(DNSNameError) {
        var names: [DNSName] = []
        var addresses: [String] = []
        for host in hosts {
            if let address = IPAddressText.canonical(host) {
                addresses.append(address)
            } else {
                names.append(try DNSName(parsing: host))
            }
        }
        self.init(dnsNames: names, ipAddresses: addresses)
    }

    /// Takes those hosts that are names or addresses, for reports about what is not granted as a whole.
    init(readable hosts: some Sequence<String>) {
        var names: [DNSName] = []
        var addresses: [String] = []
        for host in hosts {
            if let address = IPAddressText.canonical(host) {
                addresses.append(address)
            } else if let name = try? DNSName(parsing: host) {
                names.append(name)
            }
        }
        self.init(dnsNames: names, ipAddresses: addresses)
    }

    /// DNS names, then addresses, as text.
    public var all: [String] { dnsNames.map(\.ascii) + ipAddresses }
    /// How many there are.
    public var count: Int { dnsNames.count + ipAddresses.count }
    /// Whether there are none.
    public var isEmpty: Bool { count == 0 }

    /// The common name of a request: the first DNS name that fits. RFC 5280 limits it to 64 bytes, and it is optional.
    public var commonName: String? {
        dnsNames.first { $0.ascii.utf8.count <= IssuanceLimits.commonNameBytesMax }?.ascii
    }

    /// The names of both.
    public func union(_ other: CertificateNames) -> CertificateNames {
        CertificateNames(dnsNames: dnsNames + other.dnsNames, ipAddresses: ipAddresses + other.ipAddresses)
    }
}
