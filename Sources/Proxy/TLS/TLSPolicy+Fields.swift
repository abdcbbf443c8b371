internal import HTTP1
internal import Policies

extension TLSPolicy {
    /// What it adds to a response over TLS.
    var responseFields: FieldEdits {
        var fields = FieldEdits()
        // A name that may be set and a value of digits and words: both pass the check.
        if let hsts { try? fields.set("Strict-Transport-Security", to: hsts.fieldValue) }
        return fields
    }
}
