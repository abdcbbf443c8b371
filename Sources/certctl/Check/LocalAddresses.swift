internal import Core
internal import NIOCore

/// The addresses of this machine.
enum LocalAddresses {
    /// In canonical text; empty when the system does not tell.
    static let all: Set<String> = Set(
        ((try? System.enumerateDevices()) ?? []).compactMap { $0.address?.ipAddress }.compactMap { IPAddressText.canonical($0) })
}
