/// Which request follows a redirect. RFC 9110 §15.4. Only GET and HEAD are followed, which no status turns into another method.
enum Redirect {
    /// The next request, or nil when this is the answer: not a redirect, or the caller wants none followed.
    ///
    /// - Parameter followed: how many redirects led here.
    /// - Throws: `.redirectRefused` when the number is used up or the target is not allowed.
    static func next(
        after status: Int, _ fields: HTTPFields, to request: HTTPRequest, followed: Int
    ) throws(HTTPClientError.Code) -> HTTPRequest? {
        guard request.redirectsMax > 0, [301, 302, 303, 307, 308].contains(status), let location = fields.first("Location"),
            !location.isEmpty
        else { return nil }
        guard followed < request.redirectsMax else { throw .redirectRefused("more than \(request.redirectsMax) in a row") }
        let from = try RequestURL(parsing: request.url)
        let target = try from.resolving(location)
        guard from.origin.scheme == "http" || target.origin.scheme == "https" else { throw .redirectRefused("from https to http") }
        var next = request
        next.url = target.text
        if target.origin != from.origin {
            for name in ["Authorization", "Cookie", "Host"] { next.headers.removeAll(name) }
        }
        return next
    }
}
