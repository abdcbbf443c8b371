import KubernetesAPI
import Manifests
import Testing

@Suite("dns01 solvers, cert-manager's fields") struct SolverSettingsTests {
    private func read(_ solver: String) throws -> Result<ACMESolver, ManifestError> {
        let text = """
            apiVersion: cert-manager.io/v1
            kind: Issuer
            metadata: {name: le}
            spec:
              acme:
                server: https://acme.example/directory
                privateKeySecretRef: {name: account}
                solvers:
                - \(solver)
            """
        var result: Result<ACMESolver, ManifestError>?
        for case .success(let root) in ManifestReader.documents(in: Array(text.utf8), file: "x.yaml") {
            DecodedDocument.decode(root) { document in
                switch document {
                case .object(.issuer(let issuer), _):
                    if case .acme(let acme) = issuer.spec, let solver = acme.solvers.first { result = .success(solver) }
                case .refused(let error, _): result = .failure(error)
                default: break
                }
            }
        }
        return try #require(result)
    }

    private func dns01(_ settings: String) throws -> DNS01Solver? {
        guard case .dns01(let solver) = try read("dns01: {\(settings)}").get().challenge else { return nil }
        return solver
    }

    private func refusal(_ settings: String) throws -> String? {
        guard case .failure(let error) = try read("dns01: {\(settings)}") else { return nil }
        let field = error.field.map { $0.hasPrefix("spec.acme.solvers[0].dns01") ? String($0.dropFirst(26)) : $0 } ?? ""
        return "\(field): \(error.message)"
    }

    private let secret = SecretKeySelector(name: "s", key: "k")

    @Test func `every provider with all its fields`() throws {
        let ref = "{name: s, key: k}"
        for (text, expected) in [
            ("rfc2136: {nameserver: '192.0.2.1'}", .rfc2136(RFC2136Provider(nameserver: "192.0.2.1"))),
            (
                "rfc2136: {nameserver: 'ns.example:5353', tsigKeyName: key, tsigSecretSecretRef: \(ref), tsigAlgorithm: hmacsha512, protocol: TCP}",
                .rfc2136(
                    RFC2136Provider(
                        nameserver: "ns.example:5353", tsig: .init(keyName: "key", algorithm: .hmacSHA512, secretRef: secret),
                        transport: .tcp)
                )
            ),
            (
                "rfc2136: {nameserver: a, tsigKeyName: key, tsigSecretSecretRef: \(ref), tsigAlgorithm: '', protocol: UDP}",
                .rfc2136(RFC2136Provider(nameserver: "a", tsig: .init(keyName: "key", algorithm: .hmacMD5, secretRef: secret)))
            ), ("rfc2136: {nameserver: a, tsigSecretSecretRef: {name: ''}}", .rfc2136(RFC2136Provider(nameserver: "a"))),
            (
                "acmeDNS: {host: 'https://a', accountSecretRef: \(ref)}",
                .acmeDNS(ACMEDNSProvider(host: "https://a", accountSecretRef: secret))
            ),
            ("cloudflare: {apiTokenSecretRef: \(ref)}", .cloudflare(CloudflareProvider(credential: .token(secret)))),
            ("cloudflare: {email: e, apiTokenSecretRef: \(ref)}", .cloudflare(CloudflareProvider(credential: .token(secret)))),
            ("cloudflare: {email: e, apiKeySecretRef: \(ref)}", .cloudflare(CloudflareProvider(credential: .key(email: "e", secret)))),
            ("route53: {}", .route53(Route53Provider())),
            (
                "route53: {region: eu-central-1, accessKeyID: AK, secretAccessKeySecretRef: \(ref), hostedZoneID: Z1}",
                .route53(
                    Route53Provider(accessKey: .init(id: .text("AK"), secretRef: secret), hostedZoneID: "Z1", region: "eu-central-1"))
            ),
            (
                "route53: {accessKeyIDSecretRef: \(ref), secretAccessKeySecretRef: \(ref), sessionTokenSecretRef: \(ref)}",
                .route53(Route53Provider(accessKey: .init(id: .secret(secret), secretRef: secret, sessionTokenRef: secret)))
            ),
            (
                "route53: {role: 'arn:x', secretAccessKeySecretRef: {name: ''}, auth: {kubernetes: {serviceAccountRef: {name: sa}}}}",
                .route53(Route53Provider(role: "arn:x", serviceAccountName: "sa"))
            ),
            (
                "route53: {role: 'arn:x', auth: {kubernetes: {serviceAccountRef: {name: sa, audiences: [a, b]}}}}",
                .route53(Route53Provider(role: "arn:x", serviceAccountName: "sa", audiences: ["a", "b"]))
            ), ("digitalocean: {tokenSecretRef: \(ref)}", .digitalOcean(DigitalOceanProvider(tokenSecretRef: secret))),
            ("httpreq: {endpoint: 'http://a'}", .httpRequest(HTTPRequestProvider(endpoint: "http://a"))),
            (
                "httpreq: {endpoint: 'http://a', mode: RAW, username: u, passwordSecretRef: \(ref)}",
                .httpRequest(HTTPRequestProvider(endpoint: "http://a", mode: .raw, username: "u", passwordSecretRef: secret))
            ), ("exec: {path: /x}", .exec(ExecProvider(path: "/x"))),
            (
                "exec: {path: /x, args: [a, b], mode: RAW, timeoutSeconds: 600}",
                .exec(ExecProvider(path: "/x", arguments: ["a", "b"], mode: .raw, timeoutSeconds: 600))
            ), ("akamai: {x: y}", .unsupported(name: "akamai")), ("webhook: {groupName: a}", .unsupported(name: "webhook")),
            ("", .unsupported(name: "")),
        ] as [(String, DNS01Provider)] {
            #expect(try dns01(text) == DNS01Solver(provider: expected), "\(text)")
        }
        #expect(try dns01("route53: {}, someday: 5m, list: [a], cloudflare: null")?.provider == .route53(Route53Provider()))
        #expect(
            try dns01("cnameStrategy: Follow, nameservers: ['1.1.1.1:53', a], route53: {}")
                == DNS01Solver(provider: .route53(Route53Provider()), cnameStrategy: .follow, nameservers: ["1.1.1.1:53", "a"]))
    }

    @Test(arguments: [
        ("cnameStrategy: follow, route53: {}", ".cnameStrategy: must be None, Follow"),
        ("nameservers: 1.1.1.1, route53: {}", ".nameservers: expected a list, got a string"),
        ("route53: {}, cloudflare: {}", ": only one provider can be set, got cloudflare and route53"),
        ("route53: x", ".route53: expected a mapping, got a string"), ("rfc2136: {}", ".rfc2136.nameserver: the field is missing"),
        (
            "rfc2136: {nameserver: a, tsigKeyName: k}",
            ".rfc2136.tsigSecretSecretRef: the field is missing, as tsigKeyName is set"
        ),
        (
            "rfc2136: {nameserver: a, tsigSecretSecretRef: {name: s, key: k}}",
            ".rfc2136.tsigKeyName: the field is missing, as tsigSecretSecretRef is set"
        ),
        ("rfc2136: {nameserver: a, tsigAlgorithm: HMACSHA3}", ".rfc2136.tsigAlgorithm: must be HMACMD5, HMACSHA1, HMACSHA256, HMACSHA512"),
        ("rfc2136: {nameserver: a, protocol: tcp}", ".rfc2136.protocol: must be TCP, UDP"),
        ("acmeDNS: {host: a}", ".acmeDNS.accountSecretRef: the field is missing"),
        ("acmeDNS: {host: a, accountSecretRef: {name: s}}", ".acmeDNS.accountSecretRef.key: the field is missing"),
        ("cloudflare: {}", ".cloudflare: apiTokenSecretRef, or email and apiKeySecretRef, are needed"),
        ("cloudflare: {apiKeySecretRef: {name: s, key: k}}", ".cloudflare.email: the field is missing, as apiKeySecretRef is set"),
        (
            "cloudflare: {apiKeySecretRef: {name: s, key: k}, apiTokenSecretRef: {name: s, key: k}}",
            ".cloudflare.apiKeySecretRef: cannot be set together with apiTokenSecretRef"
        ),
        ("route53: {accessKeyID: a}", ".route53.secretAccessKeySecretRef: the field is missing, as an access key is named"),
        (
            "route53: {secretAccessKeySecretRef: {name: s, key: k}}",
            ".route53.accessKeyID: the field is missing, as secretAccessKeySecretRef is set"
        ),
        (
            "route53: {accessKeyID: a, accessKeyIDSecretRef: {name: s, key: k}}",
            ".route53.accessKeyIDSecretRef: cannot be set together with accessKeyID"
        ), ("route53: {accessKeyID: 123}", ".route53.accessKeyID: expected a string, got a whole number (put it in quotes)"),
        ("digitalocean: {}", ".digitalocean.tokenSecretRef: the field is missing"),
        ("httpreq: {}", ".httpreq.endpoint: the field is missing"), ("httpreq: {endpoint: a, mode: raw}", ".httpreq.mode: must be RAW"),
        ("httpreq: {endpoint: a, username: u}", ".httpreq.passwordSecretRef: the field is missing, as username is set"),
        (
            "httpreq: {endpoint: a, passwordSecretRef: {name: s, key: k}}",
            ".httpreq.username: the field is missing, as passwordSecretRef is set"
        ), ("exec: {path: hook.sh}", ".exec.path: not an absolute path"),
        ("exec: {path: /x, timeoutSeconds: 601}", ".exec.timeoutSeconds: not between 1 and 600"),
        ("exec: {path: /x, timeoutSeconds: 0}", ".exec.timeoutSeconds: not between 1 and 600"),
        ("exec: {path: /x, args: {a: b}}", ".exec.args: expected a list, got a mapping"),
    ]) func `mistakes name their field`(settings: String, words: String) throws {
        #expect(try refusal(settings) == words)
    }

    @Test func `the wait instead of the self-check is Go's notation, at most an hour`() throws {
        for (text, wait) in [("90s", Duration.seconds(90)), ("2m", .seconds(120)), ("'0'", .zero), ("0s", .zero), ("1h", .seconds(3600))] {
            #expect(try read("{http01: {}, waitInsteadOfSelfCheck: \(text)}").get().waitInsteadOfSelfCheck == wait)
        }
        for text in ["-1s", "1h1s", "soon", "90"] {
            guard case .failure(let error) = try read("{http01: {}, waitInsteadOfSelfCheck: \(text)}") else {
                Issue.record("accepted \(text)")
                continue
            }
            #expect(error.field == "spec.acme.solvers[0].waitInsteadOfSelfCheck")
        }
    }
}
