import Core
import HashTreeCollections
import KubernetesAPI
import KubernetesClient
import Store
import Testing

@testable import ClusterStore

@Suite("Cluster model: what is in force") struct ClusterModelTests {
    typealias Model = ClusterModel

    static let byName = Model.SourceID.secrets(.name(.shop("a")))
    static let byLabel = Model.SourceID.secrets(.own(namespace: nil))

    static func secret(_ name: String = "a", _ version: String, _ text: String = "x", uid: String = "u", isOurs: Bool = true) -> Secret {
        let labels = isOurs ? [OwnLabels.managedBy: OwnLabels.certctl] : [:]
        return Secret(
            metadata: ObjectMeta(id: .shop(name), uid: uid, labels: labels, resourceVersion: version), data: ["k": Array(text.utf8)])
    }

    static func model(_ ids: Model.SourceID...) -> Model {
        var model = Model()
        for id in ids { model.add(id) }
        return model
    }

    static func text(_ model: Model, _ name: String = "a") -> String? {
        model.objects.secrets[.shop(name)]?.data["k"].map { String(decoding: $0, as: UTF8.self) }
    }

    static func changed(_ secret: Secret) -> ReflectorEvent<KubernetesObject> { .change(.changed(.secret(secret))) }
    static func deleted(_ version: String, uid: String = "u") -> ReflectorEvent<KubernetesObject> {
        .change(.deleted(ReflectedIdentity(name: .shop("a"), uid: uid, resourceVersion: version)))
    }

    @Test func `what is in none of a list's pages is gone when the list is complete, not before`() {
        var model = Self.model(Self.byLabel)
        for name in ["a", "b", "c"] { model.apply(Self.changed(Self.secret(name, "1")), from: Self.byLabel, kind: .secret) }
        _ = model.takeTouched()
        model.apply(.listing, from: Self.byLabel, kind: .secret)
        model.apply(.page([.changed(.secret(Self.secret("a", "1")))]), from: Self.byLabel, kind: .secret)
        model.apply(.page([.changed(.secret(Self.secret("c", "5", "new")))]), from: Self.byLabel, kind: .secret)
        #expect(model.objects.secrets.count == 3)
        model.apply(.listed, from: Self.byLabel, kind: .secret)
        #expect(model.objects.secrets.count == 2)
        #expect(model.takeTouched() == [ObjectKey(kind: .secret, name: .shop("b")), ObjectKey(kind: .secret, name: .shop("c"))])
    }

    @Test func `a list that begins anew forgets the pages it had`() {
        var model = Self.model(Self.byLabel)
        model.apply(.listing, from: Self.byLabel, kind: .secret)
        model.apply(.page([.changed(.secret(Self.secret("a", "1")))]), from: Self.byLabel, kind: .secret)
        model.apply(.listing, from: Self.byLabel, kind: .secret)
        model.apply(.page([.changed(.secret(Self.secret("b", "2")))]), from: Self.byLabel, kind: .secret)
        model.apply(.listed, from: Self.byLabel, kind: .secret)
        #expect(Array(model.objects.secrets.keys) == [.shop("b")])
    }

    @Test func `a version alone is kept and is no news`() {
        var model = Self.model(Self.byName)
        model.apply(Self.changed(Self.secret("a", "1")), from: Self.byName, kind: .secret)
        _ = model.takeTouched()
        model.apply(Self.changed(Self.secret("a", "2")), from: Self.byName, kind: .secret)
        #expect(model.takeTouched().isEmpty)
        #expect(model.objects.secrets[.shop("a")]?.metadata.resourceVersion == "2")
    }

    @Test func `of two watches the newer version counts, and one of them keeps the object`() {
        var model = Self.model(Self.byName, Self.byLabel)
        model.apply(Self.changed(Self.secret("a", "9", "new")), from: Self.byName, kind: .secret)
        model.apply(Self.changed(Self.secret("a", "8", "old")), from: Self.byLabel, kind: .secret)
        #expect(Self.text(model) == "new")
        model.apply(Self.deleted("10"), from: Self.byLabel, kind: .secret)  // the label is gone, not the object
        #expect(Self.text(model) == "new")
        model.apply(Self.deleted("11"), from: Self.byName, kind: .secret)
        #expect(Self.text(model) == nil)
    }

    @Test func `a watch that is behind does not undo what we wrote`() {
        var model = Self.model(Self.byName)
        model.apply(Self.changed(Self.secret("a", "5", "old")), from: Self.byName, kind: .secret)
        model.record(.secret(Self.secret("a", "7", "mine")))
        model.apply(Self.changed(Self.secret("a", "6", "between")), from: Self.byName, kind: .secret)
        #expect(Self.text(model) == "mine")
        model.apply(Self.changed(Self.secret("a", "7", "mine")), from: Self.byName, kind: .secret)
        model.apply(Self.changed(Self.secret("a", "8", "theirs")), from: Self.byName, kind: .secret)
        #expect(Self.text(model) == "theirs")
    }

    @Test func `an answer to a write that comes after a newer event does not undo it`() {
        var model = Self.model(Self.byName)
        model.apply(Self.changed(Self.secret("a", "8", "theirs")), from: Self.byName, kind: .secret)
        model.record(.secret(Self.secret("a", "7", "mine")))
        #expect(Self.text(model) == "theirs")
    }

    @Test func `what was written is held where versions cannot be compared, until it was seen`() {
        var model = Self.model(Self.byName)
        model.apply(Self.changed(Self.secret("a", "v-a", "old")), from: Self.byName, kind: .secret)
        model.record(.secret(Self.secret("a", "v-c", "mine")))
        model.apply(Self.changed(Self.secret("a", "v-b", "between")), from: Self.byName, kind: .secret)
        #expect(Self.text(model) == "mine")
        model.apply(Self.changed(Self.secret("a", "v-c", "mine")), from: Self.byName, kind: .secret)
        model.apply(Self.changed(Self.secret("a", "v-d", "theirs")), from: Self.byName, kind: .secret)
        #expect(Self.text(model) == "theirs")
    }

    @Test func `a list that began before a write does not undo it, nor takes it away`() {
        var model = Self.model(Self.byName, Self.byLabel)
        model.apply(.listing, from: Self.byLabel, kind: .secret)
        model.record(.secret(Self.secret("a", "7", "mine")))
        model.record(.secret(Self.secret("b", "8", "mine too")))
        model.apply(.page([.changed(.secret(Self.secret("a", "5", "old")))]), from: Self.byLabel, kind: .secret)
        model.apply(.listed, from: Self.byLabel, kind: .secret)
        #expect(Self.text(model) == "mine")
        #expect(Self.text(model, "b") == "mine too")
    }

    @Test func `a list that began later counts even with smaller versions, as after a restore`() {
        var model = Self.model(Self.byLabel)
        model.record(.secret(Self.secret("a", "700", "lost")))
        model.apply(.listing, from: Self.byLabel, kind: .secret)
        model.apply(.page([.changed(.secret(Self.secret("a", "30", "restored")))]), from: Self.byLabel, kind: .secret)
        model.apply(.listed, from: Self.byLabel, kind: .secret)
        #expect(Self.text(model) == "restored")
        model.apply(Self.changed(Self.secret("a", "31", "next")), from: Self.byLabel, kind: .secret)
        #expect(Self.text(model) == "next")
    }

    @Test func `what we deleted is not brought back by a watch that is behind, what is made anew comes`() {
        var model = Self.model(Self.byLabel)
        model.record(.secret(Self.secret("a", "7")))
        model.forget(ObjectKey(kind: .secret, name: .shop("a")), uid: "u")
        model.apply(Self.changed(Self.secret("a", "7")), from: Self.byLabel, kind: .secret)
        #expect(Self.text(model) == nil)
        model.apply(Self.deleted("8"), from: Self.byLabel, kind: .secret)
        model.apply(Self.changed(Self.secret("a", "9", "new", uid: "u2")), from: Self.byLabel, kind: .secret)
        #expect(Self.text(model) == "new")
    }

    @Test func `a deletion from before our own creation takes nothing away`() {
        var model = Self.model(Self.byLabel)
        model.apply(Self.changed(Self.secret("a", "5")), from: Self.byLabel, kind: .secret)
        model.record(.secret(Self.secret("a", "9", "new", uid: "u2")))
        model.apply(Self.deleted("8"), from: Self.byLabel, kind: .secret)
        #expect(Self.text(model) == "new")
    }

    @Test func `what no watch would tell of is not kept`() {
        var model = Self.model(Self.byName)
        let isKept = model.record(.secret(Self.secret("b", "5")))
        #expect(!isKept)
        #expect(model.objects.count == 0)
    }

    @Test func `a source that ends takes with it what it alone told of`() {
        var model = Self.model(Self.byName, Self.byLabel)
        model.apply(Self.changed(Self.secret("a", "1")), from: Self.byName, kind: .secret)
        model.apply(Self.changed(Self.secret("a", "1")), from: Self.byLabel, kind: .secret)
        model.apply(Self.changed(Self.secret("b", "1")), from: Self.byLabel, kind: .secret)
        model.remove(Self.byLabel)
        #expect(Array(model.objects.secrets.keys) == [.shop("a")])
        model.apply(Self.changed(Self.secret("c", "1")), from: Self.byLabel, kind: .secret)
        #expect(model.objects.secrets.count == 1)
    }

    @Test func `a page that was read before a Secret came to matter does not take it away`() {
        let namespace = Model.SourceID.secrets(.namespace("shop"))
        var model = Self.model(namespace)
        model.apply(.listing, from: namespace, kind: .secret)
        model.record(.secret(Self.secret("a", "5", isOurs: false)))
        let told = ReflectedIdentity(name: .shop("a"), uid: "u", resourceVersion: "5")
        model.apply(.page([.unwanted(told)]), from: namespace, kind: .secret)
        model.apply(.listed, from: namespace, kind: .secret)
        #expect(Self.text(model) == "x")
        model.apply(.change(.unwanted(ReflectedIdentity(name: .shop("a"), uid: "u", resourceVersion: "6"))), from: namespace, kind: .secret)
        #expect(Self.text(model) == nil)
    }

    @Test func `only so many deletions are remembered`() {
        var names = RecentNames()
        for number in 0...ClusterLimits.deletionsMax { names.insert("u\(number)") }
        #expect(!names.contains("u0"))
        #expect(names.contains("u1") && names.contains("u\(ClusterLimits.deletionsMax)"))
    }
}
