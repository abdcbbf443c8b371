internal import KubernetesAPI
internal import Manifests
internal import Synchronization

/// What runs on the writing thread, one piece after the other.
extension FolderEngine {
    /// Writes an object and shows it to all readers.
    func write(_ bytes: [UInt8], _ key: ObjectKey, _ condition: WriteCondition) throws(StoreError) -> String {
        try checkOurs(key)
        let current = try folder.read(key)
        try check(condition, key, current)
        let version = ContentVersion.of(bytes)
        if current == bytes { return version }
        let source = try source(of: key)
        begin(source)
        defer { end(source) }
        try folder.write(bytes, key, unique: nextWrite())
        apply(ManifestFile(source: source, path: source.path).parse(bytes, previous: [:], threads: 1), of: source)
        return version
    }

    /// Deletes an object and shows that to all readers.
    func delete(_ key: ObjectKey, _ condition: WriteCondition) throws(StoreError) {
        try checkOurs(key)
        try check(condition, key, try folder.read(key))
        let source = try source(of: key)
        begin(source)
        defer { end(source) }
        if try folder.remove(key) { apply(.removed, of: source) }
    }

    /// The object as it is stored, or the user's.
    func read(_ key: ObjectKey) throws(StoreError) -> KubernetesObject? {
        if let users = shared.withLock({ $0.model.isUsers(key) ? $0.model.objects[key] : nil }) { return users }
        // A reader of manifests alone has no folder to look into.
        if options.state == nil { return nil }
        guard let bytes = try folder.read(key) else { return nil }
        let source = try source(of: key)
        guard case .parsed(let parts) = ManifestFile(source: source, path: source.path).parse(bytes, previous: [:], threads: 1) else {
            throw StoreError(.unreadable, subject: "\(key)", reason: ManifestReader.tooManyDocuments)
        }
        for case .parsed(let documents) in parts.map(\.content) {
            if let found = documents.objects.first(where: { $0.object.key == key }) { return found.object }
            guard let error = documents.syntaxError ?? documents.refusals.first?.error else { continue }
            throw StoreError(.unreadable, subject: "\(key)", reason: "\(error)")
        }
        throw StoreError(.unreadable, subject: "\(key)", reason: "\(source.shown) does not hold it")
    }

    func write(_ origin: StateOrigin) throws(StoreError) {
        let path = "\(folder.root)/origin"
        do {
            try folder.writer.write(origin.bytes, to: path, unique: nextWrite())
        } catch let error as SystemError {
            throw error.storeError
        } catch {
            throw StoreError(.closed, subject: path, reason: "writing was interrupted: \(error)")
        }
    }

    private func source(of key: ObjectKey) throws(StoreError) -> SourceID {
        guard let path = StatePath.of(key) else {
            throw StoreError(.configuration, subject: "\(key)", reason: "the state folder does not keep this kind")
        }
        return SourceID(origin: .state, path: path)
    }

    private func checkOurs(_ key: ObjectKey) throws(StoreError) {
        guard shared.withLock({ $0.model.isUsers(key) }) else { return }
        throw StoreError(.foreignObject, subject: "\(key)", reason: "it is in the manifests folder and is not ours to write")
    }

    private func check(_ condition: WriteCondition, _ key: ObjectKey, _ current: [UInt8]?) throws(StoreError) {
        let version = current.map(ContentVersion.of)
        switch condition {
        case .any: return
        case .absent:
            if let version { throw StoreError(.conflict, subject: "\(key)", reason: "it exists already, with version \(version)") }
        case .version(let expected):
            guard version != expected else { return }
            let got = version.map { "has version \($0)" } ?? "does not exist"
            throw StoreError(.conflict, subject: "\(key)", reason: "it \(got), expected version \(expected)")
        }
    }

    private func begin(_ source: SourceID) {
        shared.withLock { shared in
            shared.inFlight.insert(source.path)
            shared.written.insert(source.path)
        }
    }

    private func end(_ source: SourceID) {
        shared.withLock { _ = $0.inFlight.remove(source.path) }
    }

    private func apply(_ content: FileContent, of source: SourceID) {
        shared.withLock { shared in
            var touched: Set<ObjectKey> = []
            shared.model.apply(content, of: source, touched: &touched)
            shared.publish(touched, to: broadcast, logger)
        }
    }
}
