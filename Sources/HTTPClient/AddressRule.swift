internal import Core

/// Which addresses a request for a stranger's URL may go to: public ones, and those in networks that were named.
struct AddressRule: Hashable, Sendable {
    let networks: [IPNetwork]

    /// - Parameter octets: 4 or 16.
    func allows(_ octets: [UInt8]) -> Bool { PublicAddress.contains(octets) || networks.contains { $0.contains(octets) } }
}
