import Manifests
import Testing

@testable import Policies

@Suite("TLS policies as data") struct TLSPolicyTests {
    @Test func `the shipped policies are what their documents say`() throws {
        let set = try TLSPolicySet.shipped()
        #expect(set.names == ["intermediate", "modern"])
        let modern = try #require(set["modern"])
        #expect(modern.minVersion == .tls13 && modern.maxVersion == .tls13 && modern.cipherSuites.isEmpty)
        let intermediate = try #require(set["intermediate"])
        #expect(intermediate.minVersion == .tls12 && intermediate.maxVersion == .tls13)
        #expect(Set(intermediate.cipherSuites) == Set(TLSPolicy.CipherSuite.allCases))
        #expect(intermediate.curves == [.x25519MLKEM768, .x25519, .p256, .p384])
        for policy in [modern, intermediate] { #expect(policy.applicationProtocols == [.http11] && policy.hsts == nil) }
    }

    @Test func `ALPN and HSTS are as the document says`() throws {
        var set = try TLSPolicySet.shipped()
        for (name, more, value) in [
            ("a", "alpn: [], hsts: {maxAge: 0}", "max-age=0"),
            ("b", "alpn: [http/1.1], hsts: {maxAge: 315360000, includeSubDomains: true}", "max-age=315360000; includeSubDomains"),
            (
                "c", "hsts: {maxAge: 31536000, includeSubDomains: true, preload: true}", "max-age=31536000; includeSubDomains; preload"
            ),
        ] {
            let spec = #"{minVersion: "1.3", maxVersion: "1.3", curves: [P-256], \#(more)}"#
            let text = "apiVersion: certctl.dev/v1alpha1\nkind: TLSPolicy\nmetadata: {name: \(name)}\nspec: \(spec)\n"
            try set.add(Array(text.utf8), file: "p.yaml")
            #expect(set[name]?.hsts?.fieldValue == value)
            #expect(set[name]?.applicationProtocols == (name == "a" ? [] : [.http11]))
        }
    }

    @Test(arguments: [
        (#"minVersion: "1.1", maxVersion: "1.3", curves: [X25519]"#, #"spec.minVersion: got "1.1", allowed are 1.2, 1.3"#),
        (#"minVersion: "1.3", maxVersion: "1.2", curves: [X25519]"#, "spec.minVersion: 1.3 is above maxVersion 1.2"),
        (
            #"minVersion: "1.2", maxVersion: "1.3", curves: [X25519]"#,
            "spec.cipherSuites: the list is empty, but minVersion 1.2 needs at least one"
        ),
        (#"minVersion: "1.3", maxVersion: "1.3", curves: []"#, "spec.curves: the list is empty, but a key exchange needs at least one"),
        (#"minVersion: "1.3", maxVersion: "1.3", curves: [X25519, X25519]"#, #"spec.curves[1]: "X25519" is listed twice"#),
        (
            #"minVersion: "1.3", maxVersion: "1.3", curves: [X448]"#,
            #"spec.curves[0]: got "X448", allowed are X25519MLKEM768, X25519, P-256, P-384"#
        ),
        (
            #"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], cipherSuites: [TLS_RSA_WITH_AES_128_CBC_SHA]"#,
            "TLS_RSA_WITH_AES_128_CBC_SHA"
        ),
        (#"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], minversion: x"#, #"unknown field "minversion""#),
        (#"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], alpn: [h2]"#, #"spec.alpn[0]: got "h2", allowed are http/1.1"#),
        (#"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], hsts: {}"#, "spec.hsts.maxAge: the field is missing"),
        (
            #"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], hsts: {maxAge: 315360001}"#,
            "spec.hsts.maxAge: got 315360001, allowed are 0 to 315360000 seconds"
        ),
        (#"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], hsts: {maxAge: -1}"#, "spec.hsts.maxAge: got -1"),
        (#"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], hsts: {maxAge: 1, max-age: 1}"#, #"unknown field "max-age""#),
        (#"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], hsts: true"#, "spec.hsts: expected a mapping, got a boolean"),
        (
            #"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], hsts: {maxAge: 31536000, preload: true}"#,
            "spec.hsts.preload: the preload list asks for includeSubDomains"
        ),
        (
            #"minVersion: "1.3", maxVersion: "1.3", curves: [P-256], hsts: {maxAge: 31535999, includeSubDomains: true, preload: true}"#,
            "a maxAge of at least 31536000 seconds"
        ),
        (#"minVersion: 1.3, maxVersion: "1.3", curves: [P-256]"#, "spec.minVersion: expected a string, got a number (put it in quotes)"),
    ])
    func `a wrong policy is refused whole, with the field and what is allowed`(spec: String, words: String) throws {
        let text = "apiVersion: certctl.dev/v1alpha1\nkind: TLSPolicy\nmetadata: {name: modern}\nspec: {\(spec)}\n"
        var set = try TLSPolicySet.shipped()
        let before = set["modern"]
        let error = #expect(throws: ManifestError.self) { try set.add(Array(text.utf8), file: "p.yaml") }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
        #expect(error?.line == 4)
        #expect(set["modern"] == before)
    }

    @Test func `a policy of the same name replaces the shipped one, and other kinds are left alone`() throws {
        var set = try TLSPolicySet.shipped()
        let text = """
            kind: Other
            ---
            apiVersion: certctl.dev/v1alpha1
            kind: TLSPolicy
            metadata: {name: modern}
            spec: {minVersion: "1.3", maxVersion: "1.3", curves: [P-384]}
            """
        try set.add(Array(text.utf8), file: "p.yaml")
        #expect(set["modern"]?.curves == [.p384])
        #expect(set["none"] == nil)
    }
}
