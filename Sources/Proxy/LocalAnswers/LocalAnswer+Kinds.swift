internal import HTTP1

extension LocalAnswer {
    /// The answer to a http-01 challenge. RFC 8555 §8.3.
    static func challenge(_ keyAuthorization: String) -> LocalAnswer {
        LocalAnswer(status: 200, body: Array(keyAuthorization.utf8), contentType: "application/octet-stream")
    }

    /// - Throws: when the location cannot stand in a field; then there is no redirect to make.
    static func redirect(status: Int, to location: String) throws(FieldEditError) -> LocalAnswer {
        var fields = FieldEdits()
        try fields.set("Location", to: location)
        return LocalAnswer(status: status, fields: fields)
    }

    /// `OPTIONS *`, which asks about the server as a whole. RFC 9110 §9.3.7.
    static let serverOptions = LocalAnswer(status: 200, body: [], fields: .allow)

    /// TRACE is refused: it would show the upstream's view of a request, with what we added. RFC 9110 §15.5.6.
    static let methodNotAllowed = LocalAnswer(status: 405, fields: .allow)
}

extension FieldEdits {
    fileprivate static let allow: FieldEdits = {
        var fields = FieldEdits()
        // The name and the value are constants that both pass the check.
        try? fields.set("Allow", to: "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS")
        return fields
    }()
}
