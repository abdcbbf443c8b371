import FoundationEssentials
import HTTPClient
import Testing

@testable import DNSProviders

/// The cases of Amazon's test suite that apply: paths and queries as this module makes them, no folded header fields.
@Suite("Signature Version 4") struct SignatureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var method = "GET"
        var path = "/"
        var query: [(name: String, value: String)] = []
        var fields: [(name: String, value: String)] = []
        var body = ""
        var token: String?
        var signed = "host;x-amz-date"
        let signature: String
    }

    private static let unreserved = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    static let cases = [
        Case(testDescription: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        Case(
            testDescription: "get-vanilla-query-order-key-case", query: [("Param2", "value2"), ("Param1", "value1")],
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Case(
            testDescription: "get-vanilla-query-order-key", query: [("Param1", "value2"), ("Param1", "value1")],
            signature: "5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694"),
        Case(
            testDescription: "get-vanilla-query-order-value", query: [("Param1", "value2"), ("Param1", "Value1")],
            signature: "eedbc4e291e521cf13422ffca22be7d2eb8146eecf653089df300a15b2382bd1"),
        Case(
            testDescription: "get-vanilla-query-unreserved", query: [(unreserved, unreserved)],
            signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        Case(
            testDescription: "get-vanilla-utf8-query", query: [("\u{1234}", "bar")],
            signature: "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"),
        Case(
            testDescription: "get-unreserved", path: "/" + unreserved,
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        Case(
            testDescription: "post-vanilla", method: "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Case(
            testDescription: "post-header-key-sort", method: "POST", fields: [("my-header1", "value1")],
            signed: "host;my-header1;x-amz-date", signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
        Case(
            testDescription: "post-x-www-form-urlencoded", method: "POST",
            fields: [("content-type", "application/x-www-form-urlencoded")], body: "Param1=value1",
            signed: "content-type;host;x-amz-date", signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
        Case(
            testDescription: "post-sts-header-before", method: "POST",
            token:
                "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==",
            signed: "host;x-amz-date;x-amz-security-token",
            signature: "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"),
    ]

    @Test(arguments: cases) func `the suite's requests get the suite's signatures`(_ vector: Case) throws {
        let signer = RequestSigner(
            accessKeyID: "AKIDEXAMPLE", secretAccessKey: SecretText("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            sessionToken: vector.token.map { SecretText($0) }, region: "us-east-1", service: "service")
        let subject = RequestSigner.Subject(
            method: vector.method, host: "example.amazonaws.com", path: vector.path, query: vector.query, body: Array(vector.body.utf8),
            fields: vector.fields)
        // 2015-08-30T12:36:00Z
        let fields = try signer.fields(for: subject, at: Date(timeIntervalSince1970: 1_440_938_160))
        #expect(fields.first("X-Amz-Date") == "20150830T123600Z")
        #expect(fields.first("X-Amz-Security-Token") == vector.token)
        #expect(
            fields.first("Authorization")
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=\(vector.signed),"
                + " Signature=\(vector.signature)")
    }

    @Test func `each part of Amazon's network has its own host and scope`() {
        #expect(AmazonPartition(region: nil) == AmazonPartition(region: "eu-central-1"))
        #expect(AmazonPartition(region: "eu-central-1").signingRegion == "us-east-1")
        #expect(AmazonPartition(region: "cn-north-1").route53Host == "route53.amazonaws.com.cn")
        #expect(AmazonPartition(region: "us-gov-east-1").signingRegion == "us-gov-west-1")
    }
}
