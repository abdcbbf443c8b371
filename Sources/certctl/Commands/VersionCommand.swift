internal import ArgumentParser
internal import Core
internal import PKI

/// `certctl version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version and what it is linked with.")

    func run() {
        print("certctl \(Version.current)")
        print("OpenSSL: \(LibraryVersion.openSSL)")
    }
}
