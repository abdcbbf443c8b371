internal import KubernetesAPI
internal import Manifests

/// Which objects are in force, given what every file holds. No I/O: a value that files are applied to.
///
/// - A file whose text is broken keeps all its previous objects in force; if it has none, its readable documents count.
/// - A file without a byte in it does too: most likely a command failed that should have filled it.
/// - A document with a wrong field keeps the previous object of that document in force; the other documents count.
/// - Of two definitions of one object the smaller ``SourceID`` wins, within a file the first; the others wait and are reported.
struct ObjectModel: Sendable {
    /// A definition that waits behind another one.
    struct Shadow: Sendable {
        let source: SourceID
        var object: KubernetesObject
        var place: Place
    }

    /// Where in its file a document stands, from 1.
    struct Place: Sendable, Hashable {
        let document: Int
        let line: Int
    }

    /// The objects in force.
    private(set) var objects = ObjectSet()
    /// How many documents of which other kinds there are.
    private(set) var ignoredKinds: [String: Int] = [:]
    private var files: [SourceID: FileRecord] = [:]
    private var owners: [ObjectKey: SourceID] = [:]
    private var shadows: [ObjectKey: [Shadow]] = [:]
    private var fileProblems: [SourceID: [StoreProblem]] = [:]

    /// Whether an object in force comes from the user's folder.
    func isUsers(_ key: ObjectKey) -> Bool { owners[key]?.origin == .manifests }

    /// The parts of a file as last read, to recognise unchanged ones.
    func fingerprints(of source: SourceID) -> [PartFingerprint: Int] { files[source]?.fingerprints ?? [:] }

    /// Everything that is wrong now, sorted and capped.
    func problems() -> [StoreProblem] {
        var all = fileProblems.values.flatMap { $0 }
        for (key, waiting) in shadows {
            guard let owner = owners[key] else { continue }
            for shadow in waiting where shadow.source.origin == .manifests {
                all.append(
                    StoreProblem(
                        source: shadow.source.shown, document: shadow.place.document, line: shadow.place.line, field: "metadata.name",
                        message: "\(key) is also in \(owner.shown), which counts (the first by path)", object: key))
            }
        }
        return StoreProblem.listed(all)
    }

    /// Takes in what reading a file gave.
    ///
    /// - Parameter touched: gets the keys of all objects that may be different now.
    mutating func apply(_ content: FileContent, of source: SourceID, touched: inout Set<ObjectKey>) {
        switch content {
        case .removed:
            fileProblems[source] = nil
            guard let old = files.removeValue(forKey: source) else { return }
            count(old, by: -1)
            for key in old.keys { release(key, source, &touched) }
        case .unreadable(let message):
            fileProblems[source] = [StoreProblem(source: source.shown, message: message)]
        case .parsed(let parts): apply(parts, of: source, &touched)
        }
    }

    private mutating func apply(_ parts: [ParsedPart], of source: SourceID, _ touched: inout Set<ObjectKey>) {
        let old = files[source] ?? FileRecord()
        let oldKeys = old.keys
        if parts.isEmpty, !oldKeys.isEmpty {
            let message = "the file is empty; its previous objects stay until it has content or is deleted"
            fileProblems[source] = [StoreProblem(source: source.shown, message: message)]
            return
        }
        var reading = FileReading(source: source, old: old)
        for part in parts { reading.add(part) }
        fileProblems[source] = reading.problems.isEmpty ? nil : reading.problems
        if reading.isBroken, !oldKeys.isEmpty {
            // The old reading stays, so that what comes next is compared with what is in force.
            files[source] = old
            return
        }
        let record = reading.finish(oldKeys: oldKeys)
        count(old, by: -1)
        count(record, by: 1)
        files[source] = record
        let newKeys = Set(record.keys)
        for key in oldKeys where !newKeys.contains(key) { release(key, source, &touched) }
        for claim in reading.claims { set(claim.object, source, claim.place, &touched) }
        if !shadows.isEmpty { refreshPlaces(of: record, source) }
    }

    private mutating func count(_ record: FileRecord, by step: Int) {
        for part in record.parts {
            for kind in part.ignored {
                let count = (ignoredKinds[kind] ?? 0) + step
                ignoredKinds[kind] = count > 0 ? count : nil
            }
        }
    }

    private mutating func set(_ object: KubernetesObject, _ source: SourceID, _ place: Place, _ touched: inout Set<ObjectKey>) {
        let key = object.key
        guard let owner = owners[key], owner != source else {
            owners[key] = source
            dropShadow(key, source)
            return enforce(object, key, &touched)
        }
        if owner < source {
            dropShadow(key, source)
            shadows[key, default: []].append(Shadow(source: source, object: object, place: place))
            return
        }
        dropShadow(key, source)
        if let current = objects[key] {
            let place = files[owner]?.place(of: key) ?? Place(document: 1, line: 1)
            shadows[key, default: []].append(Shadow(source: owner, object: current, place: place))
        }
        owners[key] = source
        enforce(object, key, &touched)
    }

    private mutating func release(_ key: ObjectKey, _ source: SourceID, _ touched: inout Set<ObjectKey>) {
        guard owners[key] == source else { return dropShadow(key, source) }
        guard let heir = shadows[key]?.min(by: { $0.source < $1.source }) else {
            owners[key] = nil
            touched.insert(key)
            return objects.remove(key)
        }
        dropShadow(key, heir.source)
        owners[key] = heir.source
        enforce(heir.object, key, &touched)
    }

    private mutating func enforce(_ object: KubernetesObject, _ key: ObjectKey, _ touched: inout Set<ObjectKey>) {
        if objects[key] == object { return }
        touched.insert(key)
        objects.insert(object)
    }

    private mutating func dropShadow(_ key: ObjectKey, _ source: SourceID) {
        guard var waiting = shadows[key] else { return }
        waiting.removeAll { $0.source == source }
        shadows[key] = waiting.isEmpty ? nil : waiting
    }

    /// Lines move when text above them changes, also those of definitions that wait.
    private mutating func refreshPlaces(of record: FileRecord, _ source: SourceID) {
        for part in record.parts {
            for entry in part.entries {
                guard let index = shadows[entry.key]?.firstIndex(where: { $0.source == source }) else { continue }
                shadows[entry.key]?[index].place = part.place(of: entry)
            }
        }
    }
}
