import Core
import DNS
import FoundationEssentials
import Testing

@testable import DNSProviders

@Suite("dns-persist-01, draft-ietf-acme-dns-persist-02") struct DNSPersist01Tests {
    private let now = Date(timeIntervalSince1970: 1_780_000_000)
    private let old: DNSPersist01
    private let hashed: DNSPersist01

    init() throws {
        old = try DNSPersist01(
            issuerDomainNames: ["authority.example", "ca.example.net"], accountURL: "https://ca.example/acct/123", keyThumbprint: "x")
        hashed = try DNSPersist01(
            issuerDomainNames: ["authority.example"], accountHashPrefix: "https://ca.example/account-hash/",
            accountURL: "https://ca.example/acct/123", keyThumbprint: "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    private func verdict(_ rules: DNSPersist01, _ values: [String], _ domain: String = "example.com") throws -> DNSPersist01.Verdict {
        try rules.verdict(values, for: try DNSName(parsing: domain), at: now)
    }

    @Test func `the record of the draft's example, Section 10.2`() throws {
        let record = try hashed.record(for: try DNSName(parsing: "example.com"))
        #expect(record.name.text == "_validation-persist.example.com")
        #expect(
            record.value
                == "authority.example; accounturi=https://ca.example/account-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw")
        #expect(
            record.description
                == "_validation-persist.example.com. IN TXT \"authority.example;"
                + " accounturi=https://ca.example/account-hash/sha-256/5SQm7n6tPh2-PlLbCKGnViTXX5z19SCN4cPGQHSk-kw\"")
    }

    @Test func `a CA of the earlier drafts gets the account's URL`() throws {
        let record = try old.record(for: try DNSName(parsing: "*.example.com"), until: Date(timeIntervalSince1970: 1_790_000_000.9))
        #expect(record.name.text == "_validation-persist.example.com")
        #expect(record.value == "authority.example; accounturi=https://ca.example/acct/123; policy=wildcard; persistUntil=1790000000")
        #expect(
            try old.verdict([record.value], for: try DNSName(parsing: "*.example.com"), at: now)
                == .valid(value: record.value, until: Date(timeIntervalSince1970: 1_790_000_000)))
    }

    @Test func `long values are shown in strings of 255 bytes`() throws {
        let rules = try DNSPersist01(
            issuerDomainNames: ["a.example"], accountURL: "https://ca.example/" + String(repeating: "a", count: 600), keyThumbprint: "x")
        let record = try rules.record(for: try DNSName(parsing: "example.com"))
        let strings = record.description.split(separator: "\"").dropFirst().enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        #expect(strings.joined() == record.value && strings.allSatisfy { $0.utf8.count <= 255 } && strings.count == 3)
    }

    @Test(arguments: [
        "authority.example;accounturi=https://ca.example/acct/123", "ca.example.net ; \t accounturi = https://ca.example/acct/123",
        "AUTHORITY.example.; AccountURI=https://ca.example/acct/123; future=1",
        "authority.example; accounturi=https://ca.example/acct/123;",
        "authority.example; accounturi=https://ca.example/acct/123; policy=other",
        "authority.example; accounturi=https://ca.example/acct/123; persistUntil=1780000001",
    ]) func `records that the CA accepts`(value: String) throws {
        guard case .valid(value, _) = try verdict(old, ["v=spf1 -all", value]) else {
            Issue.record("\(try verdict(old, [value]))")
            return
        }
    }

    @Test(arguments: [
        ("authority.example", "has no accounturi"), ("authority.example; accounturi=", "has no accounturi"),
        ("authority.example; accounturi=https://ca.example/acct/124", "names another account, https://ca.example/acct/124"),
        ("authority.example; accounturi=https://CA.example/acct/123", "names another account, https://CA.example/acct/123"),
        (
            "authority.example; accounturi=https://ca.example/acct/123; persistUntil=1780000000",
            "ended at 2026-05-28T20:26:40Z by its persistUntil"
        ),
        ("authority.example; accounturi=https://ca.example/acct/123; persistUntil=soon", "has a persistUntil that is not a whole number"),
        (
            "authority.example; accounturi=https://ca.example/acct/123; persistUntil=99999999999999999999",
            "has a persistUntil that is not a whole number"
        ), ("authority.example; accounturi=a; ACCOUNTURI=b", "has the parameter accounturi twice"),
        ("authority.example; accounturi", "has a parameter without ="),
        ("authority.example;; accounturi=https://ca.example/acct/123", "has a parameter without ="),
        ("authority.example; account uri=x", "has a parameter whose tag is not letters and digits"),
        ("authority.example; accounturi=a b", "has a parameter whose value has a space or a control"),
    ]) func `records that it refuses, and why`(value: String, words: String) throws {
        let found = try verdict(old, [value])
        guard case .missing(let record, let faults) = found else {
            Issue.record("\(found)")
            return
        }
        #expect(faults == ["the record at _validation-persist.example.com \(words)"])
        #expect(
            found.description
                == "the record at _validation-persist.example.com \(words); create: _validation-persist.example.com. IN TXT"
                + " \"authority.example; accounturi=https://ca.example/acct/123\"")
        #expect(record.value == "authority.example; accounturi=https://ca.example/acct/123")
    }

    @Test func `records of others are none of ours`() throws {
        let values = ["", ";", "other.example; accounturi=https://x", "v=spf1 -all", String(repeating: "x", count: 10_000), "\u{0}"]
        let found = try verdict(old, values)
        #expect(
            found.description
                == "no dns-persist-01 record at _validation-persist.example.com; create: _validation-persist.example.com. IN TXT"
                + " \"authority.example; accounturi=https://ca.example/acct/123\"")
    }

    @Test func `one good record among bad ones is enough`() throws {
        let good = "authority.example; accounturi=https://ca.example/acct/123"
        #expect(try verdict(old, ["authority.example; accounturi=https://x", good]) == .valid(value: good, until: nil))
    }

    @Test func `wildcards need their policy`() throws {
        let plain = "authority.example; accounturi=https://ca.example/acct/123"
        guard case .missing(let record, let faults) = try verdict(old, [plain], "*.example.com") else {
            Issue.record("accepted")
            return
        }
        #expect(faults == ["the record at _validation-persist.example.com has no policy=wildcard, which *.example.com needs"])
        #expect(record.value == plain + "; policy=wildcard")
        for text in ["; policy=wildcard", "; POLICY=WildCard"] {
            #expect(try verdict(old, [plain + text], "*.example.com") == .valid(value: plain + text, until: nil))
        }
    }

    @Test func `hashes of the name and of all names are both accepted, the plain URL is not`() throws {
        let reusable = "authority.example; accounturi=https://ca.example/account-hash/sha-256/NpDnSwUthQK8zCgFdefYxAdAVPnygMLbs9US6oO-5ug"
        #expect(try verdict(hashed, [reusable]) == .valid(value: reusable, until: nil))
        #expect(try verdict(hashed, [reusable], "other.test") == .valid(value: reusable, until: nil))
        let own = try hashed.record(for: try DNSName(parsing: "example.com")).value
        #expect(try verdict(hashed, [own]) == .valid(value: own, until: nil))
        for wrong in [own, "authority.example; accounturi=https://ca.example/acct/123"] {
            guard case .missing = try verdict(hashed, [wrong], "other.test") else {
                Issue.record("accepted: \(wrong)")
                continue
            }
        }
    }

    @Test(arguments: [
        [], Array(repeating: "a.example", count: 11), ["A.example"], ["a.example."], ["bücher.example"], ["a b"], ["*.a.example"], [""],
        ["a.example; policy=wildcard"],
    ]) func `names of the CA that break the draft's rules are refused`(names: [String]) {
        #expect(throws: DNSProviderError.self) {
            try DNSPersist01(issuerDomainNames: names, accountURL: "https://ca.example/1", keyThumbprint: "x")
        }
    }

    @Test(arguments: ["", "x", "https://a/;policy=wildcard", "https://a/ b", "https://a/\n"])
    func `URLs that cannot stand in a record are refused`(
        url: String
    ) throws {
        #expect(throws: DNSProviderError.self) {
            try DNSPersist01(issuerDomainNames: ["a.example"], accountHashPrefix: url, accountURL: "https://a/1", keyThumbprint: "x")
        }
        #expect(throws: DNSProviderError.self) {
            try DNSPersist01(issuerDomainNames: ["a.example"], accountURL: url, keyThumbprint: "x")
        }
        // Hashed, a semicolon does no harm.
        _ = try DNSPersist01(
            issuerDomainNames: ["a.example"], accountHashPrefix: "https://a/", accountURL: "https://a/1;x=2", keyThumbprint: "x")
    }
}
