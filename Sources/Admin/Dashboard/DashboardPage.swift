internal import FoundationEssentials
internal import PKI

/// The pages themselves. Their sources are in `Page/`, and part of the program; each is sent as one document, with its style and its script
/// inside, which the policy names by their digests: a browser runs nothing else (Content Security Policy Level 3).
enum DashboardPage {
    /// What the form says about the last try.
    enum Trial: Hashable {
        case none
        case wrong
        case tooMany(seconds: Int)
    }

    /// The dashboard, for those whom it is open to.
    static let dashboard = AdminResponse.page(PackageResources.dashboard_html, script: PackageResources.dashboard_js)
    /// The dashboard, for those who have signed in.
    static let dashboardOfSession = AdminResponse.page(
        PackageResources.dashboard_html, script: PackageResources.dashboard_js,
        session: #"<form action="logout" method="post"><button type="submit">Sign out</button></form>"#)

    /// What is shown off the loopback where no token is configured.
    static let locked = AdminResponse.page(PackageResources.locked_html, status: 403)

    /// The form for the token.
    static func login(_ trial: Trial) -> AdminResponse {
        switch trial {
        case .none:
            AdminResponse.page(PackageResources.login_html, status: 401).with("WWW-Authenticate", #"Bearer realm="certctl""#)
        case .wrong:
            AdminResponse.page(PackageResources.login_html, message: "That is not the token.", status: 401)
                .with("WWW-Authenticate", #"Bearer realm="certctl""#)
        case .tooMany(let seconds):
            AdminResponse.page(
                PackageResources.login_html, message: "Too many wrong tokens. Try again in \(seconds) s.", status: 429
            ).with("Retry-After", "\(seconds)")
        }
    }
}

extension AdminResponse {
    /// A document with its style and script.
    ///
    /// - Parameters:
    ///   - message: one of our own sentences, without anything from outside.
    ///   - session: what a session has besides, likewise.
    fileprivate static func page(
        _ document: [UInt8], script: [UInt8]? = nil, message: String = "", session: String = "", status: Int = 200
    ) -> AdminResponse {
        let style = String(decoding: PackageResources.dashboard_css, as: UTF8.self)
        let script = script.map { String(decoding: $0, as: UTF8.self) }
        var text = String(decoding: document, as: UTF8.self)
        text.replace("<!--style-->", with: "<style>\(style)</style>")
        text.replace("<!--script-->", with: script.map { "<script>\($0)</script>" } ?? "")
        text.replace("<!--message-->", with: message)
        text.replace("<!--session-->", with: session)
        let policy = [
            "default-src 'none'", "style-src \(digest(of: style))", "script-src \(script.map { digest(of: $0) } ?? "'none'")",
            "connect-src 'self'", "img-src data:", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
            "require-trusted-types-for 'script'", "trusted-types 'none'",
        ]
        return AdminResponse(status: status, contentType: "text/html; charset=utf-8", body: Array(text.utf8))
            .with("Content-Security-Policy", policy.joined(separator: "; "))
    }

    private static func digest(of text: String) -> String {
        "'sha256-\(Data(sha256(Array(text.utf8))).base64EncodedString())'"
    }
}
