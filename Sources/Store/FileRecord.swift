internal import KubernetesAPI
internal import Manifests

/// What is remembered of a file: which objects its parts define, and where. The objects themselves are in the ``ObjectModel``.
struct FileRecord: Sendable {
    /// An object's place within its part, from 1.
    struct Entry: Sendable {
        let key: ObjectKey
        let document: Int
        let line: Int
    }

    struct Part: Sendable {
        let fingerprint: PartFingerprint
        /// The line within the file of its first line.
        var line: Int
        /// The number within the file of its first document.
        var document: Int
        let documentCount: Int
        var entries: [Entry]
        let ignored: [String]
        /// Whether another reading may take the part over: it defines all that its text does, without a complaint.
        var isReusable: Bool

        func place(of entry: Entry) -> ObjectModel.Place {
            ObjectModel.Place(document: document + entry.document - 1, line: line + entry.line - 1)
        }
    }

    var parts: [Part] = []
    /// Objects of an earlier reading that stay in force because their document has a wrong field now.
    var kept: [ObjectKey] = []

    /// Every object that the file stands for.
    var keys: [ObjectKey] { parts.flatMap { part in part.entries.map(\.key) } + kept }

    var fingerprints: [PartFingerprint: Int] {
        var found: [PartFingerprint: Int] = [:]
        for (index, part) in parts.enumerated() where part.isReusable { found[part.fingerprint] = index }
        return found
    }

    func place(of key: ObjectKey) -> ObjectModel.Place? {
        for part in parts {
            if let entry = part.entries.first(where: { $0.key == key }) { return part.place(of: entry) }
        }
        return nil
    }
}

/// Puts the parts of a new reading together with the record of the previous one.
struct FileReading {
    struct Claim {
        let object: KubernetesObject
        let place: ObjectModel.Place
    }

    /// The objects that were parsed anew, without duplicates.
    private(set) var claims: [Claim] = []
    private(set) var problems: [StoreProblem] = []
    /// Whether the text of the file is broken somewhere.
    private(set) var isBroken = false
    private let source: SourceID
    private let old: FileRecord
    private var record = FileRecord()
    private var known: Set<ObjectKey> = []
    private var refusedKeys: Set<ObjectKey> = []
    private var hasNamelessRefusal = false
    private var nextDocument = 1

    init(source: SourceID, old: FileRecord) {
        self.source = source
        self.old = old
    }

    mutating func add(_ part: ParsedPart) {
        var added: FileRecord.Part
        switch part.content {
        case .unchanged(let index):
            added = old.parts[index]
            added.line = part.line
            added.document = nextDocument
            added.entries = added.entries.filter { isFirst($0, in: added) }
            added.isReusable = added.entries.count == old.parts[index].entries.count
        case .parsed(let documents):
            added = FileRecord.Part(
                fingerprint: part.fingerprint, line: part.line, document: nextDocument, documentCount: documents.count, entries: [],
                ignored: documents.ignored, isReusable: documents.refusals.isEmpty && documents.syntaxError == nil)
            take(documents, into: &added)
        }
        nextDocument += added.documentCount
        record.parts.append(added)
    }

    private mutating func take(_ documents: ParsedPart.Documents, into part: inout FileRecord.Part) {
        for placed in documents.objects {
            let entry = FileRecord.Entry(key: placed.object.key, document: placed.document, line: placed.line)
            guard isFirst(entry, in: part) else {
                part.isReusable = false
                continue
            }
            part.entries.append(entry)
            claims.append(Claim(object: placed.object, place: part.place(of: entry)))
        }
        for refusal in documents.refusals {
            report(refusal.error, refusal.key, part)
            if let key = refusal.key { refusedKeys.insert(key) } else { hasNamelessRefusal = true }
        }
        if let error = documents.syntaxError {
            report(error, nil, part)
            isBroken = true
        }
    }

    private mutating func isFirst(_ entry: FileRecord.Entry, in part: FileRecord.Part) -> Bool {
        if known.insert(entry.key).inserted { return true }
        let place = part.place(of: entry)
        problems.append(
            StoreProblem(
                source: source.shown, document: place.document, line: place.line, field: "metadata.name",
                message: "\(entry.key) is in this file already; the first one counts", object: entry.key))
        return false
    }

    private mutating func report(_ error: ManifestError, _ key: ObjectKey?, _ part: FileRecord.Part) {
        // Nobody gets to see more.
        guard problems.count < StoreLimits.problemsMax else { return }
        problems.append(
            StoreProblem(
                source: source.shown, document: part.document + error.document - 1, line: part.line + error.line - 1,
                field: error.field, message: error.message, object: key))
    }

    /// The record of the reading. Objects whose document is refused now stay; when a refused document does not even give
    /// its name, it may be any that is missing, so that all of those stay.
    mutating func finish(oldKeys: [ObjectKey]) -> FileRecord {
        record.kept = oldKeys.filter { key in
            !known.contains(key) && (hasNamelessRefusal || refusedKeys.contains(key))
        }
        return record
    }
}
