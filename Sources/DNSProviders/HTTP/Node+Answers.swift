internal import Manifests

/// Members of a JSON answer that are there and of the right kind; nil for anything else.
extension Node {
    func text(_ key: String) -> String? {
        guard let value = self[key], value.kind == .string else { return nil }
        return value.text
    }

    func integer(_ key: String) -> Int? {
        guard let value = self[key], value.kind == .int else { return nil }
        return try? value.int()
    }

    func boolean(_ key: String) -> Bool? {
        guard let value = self[key], value.kind == .bool else { return nil }
        return try? value.bool()
    }
}
