internal import Core
internal import HTTPClient
internal import Logging

/// The HTTP client and the Authorization header of the moment.
actor APIConnection {
    /// What one attempt goes out with.
    struct Link: Sendable {
        let client: HTTPClient
        /// The Authorization header.
        let authorization: String?
    }

    private let configuration: ClusterConfiguration
    private let time: any TimeSource
    private let logger: Logger
    private var client: HTTPClient?
    private var isClosed = false

    init(_ configuration: ClusterConfiguration, time: any TimeSource, logger: Logger) {
        self.configuration = configuration
        self.time = time
        self.logger = logger
    }

    func link(for request: APIRequest) async throws(APIError) -> Link {
        guard !isClosed else { throw APIError(code: .closed, message: "the client is shut down", subject: request.subject) }
        if let client { return Link(client: client, authorization: nil) }
        do throws(HTTPClientError) {
            let client = try HTTPClient()
            self.client = client
            return Link(client: client, authorization: nil)
        } catch {
            throw StatusReader.error(error, to: request)
        }
    }

    func refresh(after link: Link, for request: APIRequest) async throws(APIError) -> Bool { false }

    func shutdown() async {
        isClosed = true
        await client?.shutdown()
    }
}
