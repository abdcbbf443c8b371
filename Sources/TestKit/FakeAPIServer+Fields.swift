extension FakeAPIServer {
    /// The way to a field: `f:KEY` for a key of an object, `k:TYPE` for a condition of that type.
    typealias FieldPath = [String]

    /// Who owns fields: `managedFields` without its times.
    struct Manager: Hashable, Sendable, Comparable {
        let name: String
        let operation: String
        let subresource: String

        static func < (left: Self, right: Self) -> Bool {
            (left.name, left.operation, left.subresource) < (right.name, right.operation, right.subresource)
        }
    }

    /// Trees seen as sets of fields. Lists are one field each, but for `conditions`, whose elements are known by their type.
    enum Fields {
        /// All fields of an object but those that no manager owns.
        static func leaves(of object: JSONValue) -> Set<FieldPath> {
            var found: Set<FieldPath> = []
            for (key, value) in object.entries where key != "apiVersion" && key != "kind" {
                for (inner, value) in key == "metadata" ? Array(value.entries) : [] where !unowned.contains(inner) {
                    collect(value, at: ["f:metadata", "f:" + inner], into: &found)
                }
                if key != "metadata" { collect(value, at: ["f:" + key], into: &found) }
            }
            return found
        }

        private static let unowned: Set<String> = [
            "name", "namespace", "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "deletionTimestamp",
        ]

        private static func collect(_ value: JSONValue, at path: FieldPath, into found: inout Set<FieldPath>) {
            switch value {
            case .object(let entries) where !entries.isEmpty:
                for (key, value) in entries { collect(value, at: path + ["f:" + key], into: &found) }
            case .array(let elements) where path.last == "f:conditions" && !elements.isEmpty:
                for element in elements { collect(element, at: path + ["k:" + (element["type"]?.text ?? "")], into: &found) }
            case .null, .bool, .int, .double, .string, .array, .object: found.insert(path)
            }
        }

        /// The value of a field, or nil.
        static func value(at path: some Collection<String>, in tree: JSONValue) -> JSONValue? {
            guard let step = path.first else { return tree }
            guard let child = child(step, of: tree) else { return nil }
            return value(at: path.dropFirst(), in: child)
        }

        /// Sets a field, or removes it together with objects that become empty by that.
        static func set(_ value: JSONValue?, at path: some Collection<String>, in tree: inout JSONValue) {
            guard let step = path.first else { return }
            let rest = path.dropFirst()
            guard !rest.isEmpty else { return replace(step, of: &tree, by: value) }
            var child = child(step, of: tree) ?? (value == nil ? nil : rest.first?.hasPrefix("k:") == true ? .array([]) : .object([:]))
            guard child != nil else { return }
            if var inner = child {
                set(value, at: rest, in: &inner)
                child = value == nil && (inner == .object([:]) || inner == .array([])) ? nil : inner
            }
            replace(step, of: &tree, by: child)
        }

        private static func child(_ step: String, of tree: JSONValue) -> JSONValue? {
            let key = String(step.dropFirst(2))
            if step.hasPrefix("f:") { return tree[key] }
            return tree.elements.first { $0["type"]?.text == key }
        }

        private static func replace(_ step: String, of tree: inout JSONValue, by value: JSONValue?) {
            let key = String(step.dropFirst(2))
            guard step.hasPrefix("k:") else {
                tree[key] = value
                return
            }
            var elements = tree.elements
            let place = elements.firstIndex { $0["type"]?.text == key }
            switch (place, value) {
            case (let place?, let value?): elements[place] = value
            case (let place?, nil): elements.remove(at: place)
            case (nil, var value?):
                // Fields come in any order: without its key the next one would not find the element.
                value["type"] = .string(key)
                elements.append(value)
            case (nil, nil): break
            }
            tree = .array(elements)
        }

        /// RFC 7386.
        static func merge(_ patch: JSONValue, into tree: JSONValue) -> JSONValue {
            guard case .object(let changes) = patch else { return patch }
            var entries = tree.entries
            for (key, value) in changes {
                entries[key] = value == .null ? nil : merge(value, into: entries[key] ?? .null)
            }
            return .object(entries)
        }

        /// `fieldsV1` of a set of fields.
        static func fieldsV1(_ paths: Set<FieldPath>) -> JSONValue {
            var tree: JSONValue = [:]
            for path in paths {
                let names = path.map { $0.hasPrefix("k:") ? "k:{\"type\":\"\($0.dropFirst(2))\"}" : $0 }
                insert(names[...], into: &tree)
            }
            return tree
        }

        private static func insert(_ names: ArraySlice<String>, into tree: inout JSONValue) {
            guard let first = names.first else { return }
            var child = tree[first] ?? [:]
            insert(names.dropFirst(), into: &child)
            tree[first] = child
        }
    }
}
