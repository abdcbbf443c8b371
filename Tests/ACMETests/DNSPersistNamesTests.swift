import FoundationEssentials
import Testing

@testable import ACME

@Suite("A CA's names for dns-persist-01, draft-ietf-acme-dns-persist") struct DNSPersistNamesTests {
    @Test(
        arguments: [
            (#""issuerDomainNames":["new.example"]"#, ["new.example"]), (#""issuer-domain-names":["old.example"]"#, ["old.example"]),
            (#""issuerDomainNames":["new.example"],"issuer-domain-names":["old.example"]"#, ["new.example"]),
            (#""issuerDomainNames":"x""#, []), (#""status":"pending""#, []),
        ] as [(String, [String])]) func `challenges have them in the form of draft 02 or of those before`(member: String, names: [String])
        throws
    {
        let json = #"{"type":"dns-persist-01","url":"https://ca.example/1",\#(member)}"#
        #expect(try JSONDecoder().decode(Challenge.self, from: Data(json.utf8)).issuerDomainNames == names)
    }

    @Test func `directories have them since draft 02`() throws {
        let json =
            #"{"newNonce":"a","newAccount":"b","newOrder":"c","meta":{"issuerDomainNames":["a.example"],"accountHashPrefix":"https://p/"}}"#
        let directory = try JSONDecoder().decode(Directory.self, from: Data(json.utf8))
        #expect(directory.meta?.issuerDomainNames == ["a.example"] && directory.meta?.accountHashPrefix == "https://p/")
    }
}
