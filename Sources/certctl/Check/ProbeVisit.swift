internal import Core
internal import FoundationEssentials
internal import HTTPClient
internal import Issuance

/// One look, as a CA looks: a GET of a challenge under a name at one of its addresses.
struct ProbeVisit {
    let host: String
    let address: String
    let port: Int
    let isTLS: Bool

    /// What is wrong; nil when this instance answered.
    func fault(finding probe: CheckProbe) async -> String? {
        var configuration = HTTPClient.Configuration(insecureSkipVerify: true, proxy: .direct)
        if isTLS, IPAddressText.canonical(host) == nil { configuration.tlsServerName = host }
        configuration.timeouts = HTTPTimeouts(connect: .seconds(5), total: .seconds(10), idle: .seconds(10))
        do {
            let client = try HTTPClient(configuration)
            let fault: String?
            do {
                // A CA follows redirects; ours never redirects a challenge, so one means that somebody else answers.
                let response = try await client.send(request(probe), bodyBytesMax: ProbeVisit.bodyBytesMax)
                fault = judge(response, probe)
            } catch {
                fault = "\(error)"
            }
            await client.shutdown()
            return fault
        } catch {
            return "\(error)"
        }
    }

    private func request(_ probe: CheckProbe) -> HTTPRequest {
        let bracketed = address.contains(":") ? "[\(address)]" : address
        let isUsual = port == (isTLS ? 443 : 80)
        let name = host.contains(":") ? "[\(host)]" : host
        return HTTPRequest(
            url: "\(isTLS ? "https" : "http")://\(bracketed):\(port)/.well-known/acme-challenge/\(probe.token)",
            headers: ["Host": isUsual ? name : "\(name):\(port)"])
    }

    private func judge(_ response: HTTPResponse, _ probe: CheckProbe) -> String? {
        if response.status == 200, response.body.elementsEqual(probe.content.utf8) { return nil }
        let server = response.headers.first("Server").map { " (\($0.prefix(80)))" } ?? ""
        guard response.status == 200 else { return "somebody else answers there: status \(response.status)\(server)" }
        return "somebody else answers there: \(response.body.count) bytes that are not ours\(server)"
    }

    /// An answer of ours is below 100 bytes; of somebody else's page no more is read.
    private static let bodyBytesMax = 64 * 1024
}
