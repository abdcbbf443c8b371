internal import NIOHTTP1

/// The fields that every answer of the admin API has.
enum AdminHeaders {
    /// Those, and the ones of the answer itself.
    static func fields(of response: AdminResponse) -> HTTPHeaders {
        var headers: HTTPHeaders = [
            "Content-Type": response.contentType, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        ]
        if let etag = response.etag { headers.add(name: "ETag", value: etag) }
        for (name, value) in response.headers { headers.replaceOrAdd(name: name, value: value) }
        return headers
    }
}
