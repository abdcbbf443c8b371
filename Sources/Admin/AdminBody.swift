internal import FoundationEssentials
public import Issuance

/// Reading the JSON content of an operation.
public enum AdminBody {
    /// The value that a body holds.
    ///
    /// - Parameter fields: the members that are known; another one is refused, so that a typing error is not taken for a default.
    /// - Throws: ``Issuance/OperationFailure`` that names the member, what was got and what is allowed.
    public static func decode<Value: Decodable>(
        _ type: Value.Type, from body: [UInt8], fields: [String]
    ) throws(OperationFailure) -> Value {
        do {
            let members = try JSONDecoder().decode(Members.self, from: Data(body)).names
            if let unknown = members.first(where: { !fields.contains($0) }) {
                throw OperationFailure(
                    .badRequest, "request body", "it has an unknown member", got: unknown, allowed: fields.joined(separator: ", "))
            }
            return try AdminJSON.decoder().decode(type, from: Data(body))
        } catch let failure as OperationFailure {
            throw failure
        } catch DecodingError.typeMismatch(let expected, let place), DecodingError.valueNotFound(let expected, let place) {
            let member = place.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".")
            throw OperationFailure(
                .badRequest, member.isEmpty ? "request body" : "member \(member)", "it has the wrong type", allowed: words(for: expected))
        } catch DecodingError.keyNotFound(let key, _) {
            throw OperationFailure(.badRequest, "request body", "it lacks a member", allowed: key.stringValue)
        } catch {
            throw OperationFailure(
                .badRequest, "request body", "it is not JSON", allowed: "an object with \(fields.joined(separator: ", "))")
        }
    }

    private static func words(for type: Any.Type) -> String {
        switch type {
        case is String.Type: "a string"
        case is Bool.Type: "true or false"
        case is [String].Type, is [Any].Type: "a list"
        default: "an object"
        }
    }

    private struct Members: Decodable {
        let names: [String]

        init(from decoder: any Decoder) throws {
            names = try decoder.container(keyedBy: AnyName.self).allKeys.map(\.stringValue).sorted()
        }

        private struct AnyName: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue: Int) { nil }
        }
    }
}
