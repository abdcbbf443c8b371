internal import Core
internal import NIOHTTP1

/// The form of the dashboard: the token against the cookie of a session, which reads and changes nothing.
struct AdminLogin {
    let gate: AdminGate

    /// The answer to what the form sends, or to signing out; nil for any other path.
    func answer(_ path: String, _ headers: HTTPHeaders, _ body: [UInt8]) -> AdminResponse? {
        guard path == "/login" || path == "/logout" else { return nil }
        guard isFromOurPage(headers) else { return .text(403, "this form was sent by another site's page") }
        return path == "/login" ? signIn(headers, body) : signOut(headers)
    }

    private func signIn(_ headers: HTTPHeaders, _ body: [UInt8]) -> AdminResponse {
        guard gate.credentials.access.hasToken else { return DashboardPage.locked }
        guard let token = Self.token(in: body) else { return DashboardPage.login(.wrong) }
        do {
            let (outcome, session) = try gate.credentials.judge(form: token, from: gate.remote)
            switch outcome {
            case .right: return Self.seeOther.with("Set-Cookie", Self.cookie(session ?? "", AdminLimits.sessionTime, headers))
            case .wrong: return DashboardPage.login(.wrong)
            case .tooMany(let seconds): return DashboardPage.login(.tooMany(seconds: seconds))
            }
        } catch {
            return .text(503, "a session cannot be begun: \(error)")
        }
    }

    private func signOut(_ headers: HTTPHeaders) -> AdminResponse {
        if let session = Self.session(in: headers) { gate.credentials.end(session: session) }
        return Self.seeOther.with("Set-Cookie", Self.cookie("", .zero, headers))
    }

    /// The cookie of a session among those of a request.
    static func session(in headers: HTTPHeaders) -> String? {
        for field in headers[canonicalForm: "Cookie"] {
            for pair in field.split(separator: ";") {
                let text = pair.drop { $0 == " " }
                if text.hasPrefix(cookieName + "=") { return String(text.dropFirst(cookieName.count + 1)) }
            }
        }
        return nil
    }

    /// Whether one of our pages sent this, or no browser at all. A form of another site could sign somebody out.
    private func isFromOurPage(_ headers: HTTPHeaders) -> Bool {
        if let site = headers.first(name: "Sec-Fetch-Site") { return site == "same-origin" || site == "none" }
        guard let origin = headers.first(name: "Origin") else { return true }
        guard let scheme = origin.firstRange(of: "://") else { return false }
        return origin[scheme.upperBound...].lowercased() == headers.first(name: "Host")?.lowercased()
    }

    /// The token in `application/x-www-form-urlencoded` content.
    private static func token(in body: [UInt8]) -> [UInt8]? {
        guard let text = String(validating: body, as: UTF8.self) else { return nil }
        let form = AdminRequest(method: .get, path: "", query: text)
        guard let token = form.parameter("token") else { return nil }
        // Somebody who copies a token out of a terminal takes the end of the line along.
        return token.utf8.filter { $0 != 0x20 && !(0x09...0x0D).contains($0) }
    }

    private static let seeOther = AdminResponse.text(303, "see the dashboard").with("Location", "./")

    private static func cookie(_ value: String, _ age: Duration, _ headers: HTTPHeaders) -> String {
        let base = "\(cookieName)=\(value); Path=/; Max-Age=\(age.components.seconds); HttpOnly; SameSite=Strict"
        return isBehindTLS(headers) ? base + "; Secure" : base
    }

    /// Whether whatever stands in front of this server says that the browser came over TLS. A lie harms the liar alone.
    private static func isBehindTLS(_ headers: HTTPHeaders) -> Bool {
        headers[canonicalForm: "X-Forwarded-Proto"].last?.lowercased() == "https"
            || headers[canonicalForm: "Forwarded"].contains { $0.lowercased().contains("proto=https") }
    }

    private static let cookieName = "certctl_session"
}
