internal import Core
internal import Glibc
internal import KubernetesAPI
internal import Logging
internal import Manifests

/// The files of the state folder: where what certctl itself owns is kept. Used by one thread at a time.
struct StateFolder: Sendable {
    let root: String
    var writer = AtomicFile()

    /// Makes the folder where it is missing, closes it to others, and removes what a killed process left half written.
    func prepare(_ logger: Logger) throws(SystemError) {
        try FileSystem.makeFolder(root)
        try tighten(root, to: 0o700, logger)
        for kind in ["secrets", "configmaps"] {
            let folder = "\(root)/\(kind)"
            try FileSystem.makeFolder(folder)
            try tighten(folder, to: 0o700, logger)
            for namespace in try FileSystem.list(folder).entries where !ManifestFileName.isHidden(namespace.name) {
                let path = "\(folder)/\(namespace.name)"
                if try FileStatus(ofLink: path).kind == .directory { try prepareNamespace(path, logger) }
            }
        }
        try removeTemporaryFiles(root, logger)
    }

    /// The stored bytes of an object; nil if there is none.
    func read(_ key: ObjectKey) throws(StoreError) -> [UInt8]? {
        do throws(SystemError) {
            let file = try FileHandle(try path(key), O_RDONLY | O_NONBLOCK | O_NOFOLLOW)
            let status = try file.status()
            guard status.kind == .regular, status.size <= ManifestLimits.documentBytesMax else {
                throw SystemError(call: "read", path: try path(key), code: EFBIG)
            }
            return try file.readAll(expecting: status.size, bytesMax: ManifestLimits.documentBytesMax)
        } catch {
            if error.code == ENOENT || error.code == ENOTDIR { return nil }
            throw error.storeError
        }
    }

    /// Stores an object's bytes durably.
    func write(_ bytes: [UInt8], _ key: ObjectKey, unique: Int) throws(StoreError) {
        let path = "\(root)/\(StatePath.of(key) ?? "")"
        do {
            try FileSystem.makeFolder(FileSystem.parent(of: path))
            try writer.write(bytes, to: path, unique: unique)
        } catch let error as SystemError {
            throw error.storeError
        } catch {
            throw StoreError(.closed, subject: path, reason: "writing was interrupted: \(error)")
        }
    }

    /// Removes an object durably; false if there was none.
    func remove(_ key: ObjectKey) throws(StoreError) -> Bool {
        do throws(SystemError) {
            let path = try path(key)
            guard try FileSystem.remove(path) else { return false }
            try FileSystem.syncFolder(FileSystem.parent(of: path))
            return true
        } catch {
            throw error.storeError
        }
    }

    /// - Throws: for kinds that are not kept here. Names are checked by the callers, see ``StateName``.
    private func path(_ key: ObjectKey) throws(SystemError) -> String {
        guard let path = StatePath.of(key) else { throw SystemError(call: "open", path: root, code: EINVAL) }
        return "\(root)/\(path)"
    }

    private func prepareNamespace(_ folder: String, _ logger: Logger) throws(SystemError) {
        try tighten(folder, to: 0o700, logger)
        try removeTemporaryFiles(folder, logger)
        for entry in try FileSystem.list(folder).entries where ManifestFileName.isManifest(entry.name) {
            try tighten("\(folder)/\(entry.name)", to: 0o600, logger)
        }
    }

    private func removeTemporaryFiles(_ folder: String, _ logger: Logger) throws(SystemError) {
        for entry in try FileSystem.list(folder).entries where entry.name.hasPrefix(AtomicFile.tempPrefix) {
            _ = try FileSystem.remove("\(folder)/\(entry.name)")
            logger.notice("removed an unfinished file", metadata: ["path": "\(folder)/\(entry.name)"])
        }
    }

    private func tighten(_ path: String, to allowed: UInt32, _ logger: Logger) throws(SystemError) {
        let status = try FileStatus(ofLink: path)
        guard status.kind != .symbolicLink, status.permissions & ~allowed & 0o777 != 0 else { return }
        let had = String(status.permissions & 0o777, radix: 8)
        do {
            try FileHandle(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW).setPermissions(mode_t(status.permissions & allowed))
            logger.warning("a file was open to others, and is closed to them now", metadata: ["path": "\(path)", "permissions": "\(had)"])
        } catch {
            // A mounted volume may belong to somebody else; its files are made with mode 0600 all the same.
            logger.warning(
                "a file is open to others, and cannot be closed to them",
                metadata: ["path": "\(path)", "permissions": "\(had)", "reason": "\(error.reason)"])
        }
    }
}

/// Checks names before they become file names.
enum StateName {
    /// - Throws: `invalidName` for what Kubernetes would refuse, and for names too long for a file.
    static func check(_ key: ObjectKey) throws(StoreError) {
        let name = key.name
        guard ObjectName.isLabel(name.namespace), ObjectName.isSubdomain(name.name) else {
            throw StoreError(.invalidName, subject: "\(key)", reason: "the namespace or the name is not one of Kubernetes (RFC 1123)")
        }
        guard name.name.utf8.count <= StoreLimits.stateNameBytesMax else {
            throw StoreError(
                .invalidName, subject: "\(key)",
                reason: "the name has \(name.name.utf8.count) bytes, the limit in a folder is \(StoreLimits.stateNameBytesMax)")
        }
    }
}
