internal import Admin
internal import ArgumentParser
internal import FoundationEssentials
internal import Routing

/// `certctl routes [URL]`.
struct RoutesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routes",
        abstract: "Show which rule, Service and endpoints answer a URL, and why.",
        discussion: """
            Without a URL all routes are listed. Asks the running server, or works it out from the folders with --manifests or --state. \
            Exit code 1 when the request would not reach an endpoint.

            EXAMPLES
              certctl routes
              certctl routes https://shop.example.com/api/v1?x=1
              certctl routes shop.example.com/a%2Fb --manifests examples/acme
            """)

    /// How the answer is written.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text, json
    }

    @Argument(help: "What would be asked for: [https://]HOST[:PORT][/PATH].")
    var url: String?

    @Option(name: [.short, .long], help: "text or json.")
    var output = Output.text

    @OptionGroup var server: ServerOptions
    @OptionGroup var folders: FolderOptions
    @OptionGroup var serving: ServingOptions

    func validate() throws {
        if let url, RequestURL(url) == nil { throw ValidationError(RequestURL.complaint(about: url)) }
    }

    func run() async throws {
        let source = RouteSource(server: server.server, folders: folders, serving: serving, token: try server.token.token())
        let terminal = Terminal()
        guard let asked = url.flatMap({ RequestURL($0) }) else {
            let routes = try await source.all()
            print(output == .json ? try json(routes) : RouteText.table(routes).render(on: terminal), terminator: "")
            return
        }
        let explanation = try await source.explain(asked)
        print(output == .json ? try json(explanation) : RouteText.text(of: explanation, on: terminal), terminator: "")
        if explanation.outcome != .upstream { throw ExitStatus.failure.error }
    }

    private func json(_ value: some Encodable) throws -> String {
        String(decoding: try AdminJSON.encoder().encode(value), as: UTF8.self) + "\n"
    }
}

/// Where routes come from: a running server, or the folders when they are given and nothing runs over them.
struct RouteSource {
    let server: String?
    let folders: FolderOptions
    let serving: ServingOptions
    let token: AdminToken?

    func all() async throws -> [RouteDescription] {
        if let body = try await ask("/api/v1/routes") { return try AdminJSON.decoder().decode([RouteDescription].self, from: Data(body)) }
        return try await offline().descriptions
    }

    func explain(_ asked: RequestURL) async throws -> RouteExplanation {
        if let body = try await ask("/api/v1/routes?url=" + RouteSource.percentEncoded("http://" + asked.authority + asked.target)) {
            return try AdminJSON.decoder().decode(RouteExplanation.self, from: Data(body))
        }
        return try await offline().explain(authority: asked.authority, target: asked.target)
    }

    private func ask(_ path: String) async throws -> [UInt8]? {
        // A folder of manifests is asked itself: that is how a change is tried before it is served.
        if server == nil, folders.manifests != nil { return nil }
        return try await AdminAddress.get(path, server: server, folders: folders, token: token)
    }

    private func offline() async throws -> RouteTable {
        let scope = folders.scope(else: serving)
        var compiler = RouteCompiler(policy: scope.ingressClasses)
        return compiler.apply(try await folders.snapshot(ignoring: scope.ignoredKinds))
    }

    private static func percentEncoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isUnreserved =
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "-._~".utf8.contains(byte)
                }
            if isUnreserved { return String(UnicodeScalar(byte)) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
