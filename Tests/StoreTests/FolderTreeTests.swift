import FoundationEssentials
import Glibc
import Testing

@testable import Store

@Suite("Folder tree: when a file is read") struct FolderTreeTests {
    private let start = ContinuousClock.now

    private func tree(_ scratch: Scratch) -> FolderTree {
        let tree = FolderTree(.init(root: scratch.manifests) { ManifestFileName.isManifest(FileSystem.name(of: $0)) }, now: start)
        tree.start(now: start)
        for path in tree.takeDue(now: start) { tree.didRead(path, try? FileStatus(of: scratch.path(path))) }
        return tree
    }

    @Test func `a swapped ..data link is acted on at its event, not at the next look at links`() throws {
        let scratch = try Scratch()
        for folder in ["..1", "..2"] {
            try scratch.makeFolder(folder)
            try scratch.write(folder + "/x.yaml", "")
        }
        try scratch.link("..data", to: "..1")
        try scratch.link("x.yaml", to: "..data/x.yaml")
        let tree = tree(scratch)
        #expect(tree.deadline == start + StoreLimits.linkCheckTime)
        try scratch.link("..tmp", to: "..2")
        try FileSystem.rename(scratch.path("..tmp"), to: scratch.path("..data"))
        tree.drainEvents(now: start)
        #expect(tree.deadline == start + StoreLimits.settleTime)
        #expect(tree.takeDue(now: start + StoreLimits.settleTime) == ["x.yaml"])
    }

    @Test func `a closed file is read after the settling time, an open one after a long silence and only if it is not empty`() throws {
        let scratch = try Scratch()
        try scratch.write("x.yaml", "a: b")
        let tree = tree(scratch)
        #expect(tree.deadline == nil)
        try scratch.write("x.yaml", "a: c")
        tree.drainEvents(now: start)
        #expect(tree.deadline == start + StoreLimits.settleTime)
        #expect(tree.takeDue(now: start) == [])
        #expect(tree.takeDue(now: start + StoreLimits.settleTime) == ["x.yaml"])

        let file = try FileHandle(scratch.path("x.yaml"), O_WRONLY | O_TRUNC)
        tree.drainEvents(now: start)
        #expect(tree.deadline == start + StoreLimits.openFileTime)
        let late = start + StoreLimits.openFileTime
        #expect(tree.takeDue(now: late) == [], "empty: somebody is about to fill it")
        try file.writeAll([1])
        tree.drainEvents(now: late)
        #expect(tree.takeDue(now: late + .seconds(1)) == [])
        #expect(tree.takeDue(now: late + StoreLimits.openFileTime) == ["x.yaml"])
    }

    @Test func `a file that appears by a hard link is read without being closed`() throws {
        let scratch = try Scratch()
        try Scratch.write(scratch.root + "/whole", Array("a: b".utf8))
        let tree = tree(scratch)
        #expect(unsafe Glibc.link(scratch.root + "/whole", scratch.path("x.yaml")) == 0)
        tree.drainEvents(now: start)
        #expect(tree.takeDue(now: start + StoreLimits.creationTime) == ["x.yaml"])
    }

    @Test func `a file that is written to while it is read is due again`() throws {
        let scratch = try Scratch()
        try scratch.write("x.yaml", "a: b")
        let tree = tree(scratch)
        try scratch.write("x.yaml", "a: c")
        tree.drainEvents(now: start)
        #expect(tree.takeDue(now: start + StoreLimits.settleTime) == ["x.yaml"])
        let file = try FileHandle(scratch.path("x.yaml"), O_WRONLY | O_TRUNC)
        tree.drainEvents(now: start)
        #expect(tree.isDueAgain("x.yaml"))
        try file.writeAll([1])
    }

    @Test func `names of editors and hidden ones are not manifests`() {
        for name in ["a.yaml", "a.yml", "a.json", "a.b.yaml"] { #expect(ManifestFileName.isManifest(name)) }
        for name in [".a.yaml", ".a.yaml.swp", "a.yaml~", "#a.yaml#", "4913", "a.yaml.bak", "a.YAML", "..data", "a"] {
            #expect(!ManifestFileName.isManifest(name))
        }
    }

    @Test func `folders nested too deeply are reported and not read`() throws {
        let scratch = try Scratch()
        let deepest = Array(repeating: "d", count: StoreLimits.folderDepthMax).joined(separator: "/")
        try scratch.makeFolder(deepest + "/d")
        try scratch.write(deepest + "/x.yaml", "")
        try scratch.write(deepest + "/d/y.yaml", "")
        let tree = FolderTree(.init(root: scratch.manifests) { ManifestFileName.isManifest(FileSystem.name(of: $0)) }, now: start)
        tree.start(now: start)
        #expect(tree.takeDue(now: start) == [deepest + "/x.yaml"])
        #expect(tree.problems == [deepest + "/d": "folders are nested more than 32 deep; this one is not read"])
    }

    @Test func `folders full of links to each other are read up to the limit, and the rest is reported`() throws {
        let scratch = try Scratch()
        let names = (0..<8).map { "f\($0)" }
        for name in names { try scratch.makeFolder(name) }
        for name in names { for other in names where other != name { try scratch.link("\(name)/\(other)", to: "../\(other)") } }
        var options = FolderTree.Options(root: scratch.manifests) { _ in true }
        options.foldersMax = 100
        let tree = FolderTree(options, now: start)
        tree.start(now: start)
        #expect(tree.folders.count == 100)
        #expect(tree.problems.values.allSatisfy { $0 == "there are more than 100 folders; this one is not read" })
        #expect(!tree.problems.isEmpty)
    }

    @Test func `a link that leads nowhere until ..data is swapped is followed then`() throws {
        let scratch = try Scratch()
        try scratch.link("x.yaml", to: "..data/x.yaml")
        let tree = tree(scratch)
        try scratch.makeFolder("..1")
        try scratch.write("..1/x.yaml", "a: b")
        try scratch.link("..data", to: "..1")
        tree.drainEvents(now: start)
        _ = tree.takeDue(now: start + StoreLimits.settleTime)
        #expect(tree.takeDue(now: start + StoreLimits.settleTime + StoreLimits.creationTime) == ["x.yaml"])
    }

    @Test func `file systems of other machines are known by their type`() {
        let mounts = """
            22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
            36 22 0:45 / /srv rw,relatime shared:2 master:1 - nfs4 host:/srv rw
            37 22 0:46 / /home rw - fuse.sshfs host:/ rw
            """
        #expect(!FileSystem.isRemote(device: 8 << 8 | 1, mounts: mounts))
        #expect(FileSystem.isRemote(device: 45, mounts: mounts))
        #expect(FileSystem.isRemote(device: 46, mounts: mounts))
        #expect(!FileSystem.isRemote(device: 47, mounts: mounts))
    }
}
