/// The system's configuration of its resolver, read again when the file changes.
final class ResolvConf: Sendable {
    let path: String

    init(path: String) { self.path = path }
}
