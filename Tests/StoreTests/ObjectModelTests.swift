import Core
import HashTreeCollections
import KubernetesAPI
import Testing

@testable import Store

@Suite("Object model: which definition is in force") struct ObjectModelTests {
    /// A model and the files that were applied to it.
    struct Folder {
        var model = ObjectModel()

        /// Puts a text under a path; returns the keys that are different now.
        @discardableResult
        mutating func put(_ path: String, _ text: String, origin: SourceID.Origin = .manifests) -> [String] {
            let source = SourceID(origin: origin, path: path)
            let file = ManifestFile(source: source, path: path)
            return apply(file.parse(Array(text.utf8), previous: model.fingerprints(of: source), threads: 1), source)
        }

        @discardableResult
        mutating func remove(_ path: String) -> [String] { apply(.removed, SourceID(origin: .manifests, path: path)) }

        mutating func apply(_ content: FileContent, _ source: SourceID) -> [String] {
            let before = model.objects
            var touched: Set<ObjectKey> = []
            model.apply(content, of: source, touched: &touched)
            let changes = ChangeSet(from: before, to: model.objects, among: touched)
            return (changes.ingresses.union(changes.secrets).union(changes.endpointSlices)).map(\.description).sorted()
        }

        func host(_ name: String) -> String? {
            model.objects.ingresses[NamespacedName(namespace: "shop", name: name)]?.spec.rules.first?.host
        }

        var problems: [String] { model.problems().map(\.description) }
    }

    @Test func `of two files the first by path wins, whichever came first, and the other is reported`() {
        var folder = Folder()
        #expect(folder.put("b.yaml", ingress("other") + "---\n" + ingress("x", host: "b.example")) == ["shop/other", "shop/x"])
        #expect(folder.put("a.yaml", ingress("x", host: "a.example")) == ["shop/x"])
        #expect(folder.put("c.yaml", ingress("x", host: "c.example")) == [])
        #expect(folder.host("x") == "a.example")
        #expect(
            folder.problems == [
                "b.yaml, document 2, line 13, metadata.name: Ingress shop/x is also in a.yaml, which counts (the first by path)",
                "c.yaml, document 1, line 1, metadata.name: Ingress shop/x is also in a.yaml, which counts (the first by path)",
            ])
        #expect(folder.put("b.yaml", "# moved\n" + ingress("other") + "---\n" + ingress("x", host: "b.example")) == [])
        #expect(folder.problems.first?.hasPrefix("b.yaml, document 2, line 14") == true)
        #expect(folder.remove("a.yaml") == ["shop/x"])
        #expect(folder.host("x") == "b.example")
        #expect(folder.put("b.yaml", ingress("other")) == ["shop/x"])
        #expect(folder.host("x") == "c.example")
        #expect(folder.problems == [])
        #expect(folder.remove("c.yaml") == ["shop/x"])
        #expect(folder.remove("c.yaml") == [])
    }

    @Test func `within a file the first wins, also after the order changed`() {
        var folder = Folder()
        let (a, b) = (ingress("x", host: "a.example"), ingress("x", host: "b.example"))
        folder.put("x.yaml", a + "---\n" + b)
        #expect(folder.host("x") == "a.example")
        #expect(
            folder.problems == ["x.yaml, document 2, line 13, metadata.name: Ingress shop/x is in this file already; the first one counts"])
        #expect(folder.put("x.yaml", b + "---\n" + a) == ["shop/x"])
        #expect(folder.host("x") == "b.example")
        #expect(folder.put("x.yaml", b + "---\n" + a + "---\n" + a) == [])
        #expect(folder.problems.count == 2)
        #expect(folder.put("x.yaml", a) == ["shop/x"])
        #expect(folder.put("x.yaml", a + "---\n" + a) == [])
        #expect(folder.problems.count == 1)
    }

    @Test func `a file with broken text or none keeps all its objects, with a place in the report`() {
        var folder = Folder()
        folder.put("x.yaml", ingress("x") + "---\n" + ingress("y"))
        let edited = ingress("x", host: "new.example") + "---\n" + "metadata: {name: y\n"
        #expect(folder.put("x.yaml", edited) == [])
        #expect(folder.host("x") == "a.example")
        #expect(folder.host("y") == "a.example")
        #expect(folder.problems == ["x.yaml, document 2, line 14: not YAML: did not find expected ',' or '}' while parsing a flow mapping"])
        #expect(folder.put("x.yaml", "") == [])
        #expect(folder.problems == ["x.yaml: the file is empty; its previous objects stay until it has content or is deleted"])
        #expect(folder.put("x.yaml", "# nothing\n") == ["shop/x", "shop/y"])
        #expect(folder.put("x.yaml", "") == [])
        #expect(folder.problems == [])
    }

    @Test func `a file that is broken when first seen counts as far as it can be read`() {
        var folder = Folder()
        #expect(folder.put("x.yaml", ingress("x") + "---\n{broken\n---\n" + ingress("z")) == ["shop/x", "shop/z"])
        #expect(folder.problems.count == 1)
    }

    @Test func `a document with a wrong field keeps its previous object, the others of the file count`() {
        var folder = Folder()
        folder.put("x.yaml", ingress("x") + "---\n" + ingress("y") + "---\n" + ingress("z"))
        let wrong = ingress("y", host: "new.example").replacing("Prefix", with: "prefix")
        #expect(folder.put("x.yaml", ingress("x", host: "new.example") + "---\n" + wrong) == ["shop/x", "shop/z"])
        #expect(folder.host("y") == "a.example")
        #expect(
            folder.problems == [
                "x.yaml, document 2, line 22, spec.rules[0].http.paths[0].pathType: \"prefix\" is none of Exact, Prefix, ImplementationSpecific"
            ])
        #expect(folder.put("x.yaml", ingress("x", host: "new.example")) == ["shop/y"], "without its document it goes")
    }

    @Test func `a wrong document without a name keeps whatever is missing`() {
        var folder = Folder()
        folder.put("x.yaml", ingress("x") + "---\n" + ingress("y"))
        #expect(folder.put("x.yaml", ingress("x") + "---\nkind: Ingress\napiVersion: networking.k8s.io/v1\nmetadata: {}\n") == [])
        #expect(folder.host("y") == "a.example")
        #expect(folder.problems == ["x.yaml, document 2, line 15, metadata.name: the field is missing"])
    }

    @Test func `an unreadable file keeps its objects`() {
        var folder = Folder()
        folder.put("x.yaml", ingress("x"))
        #expect(folder.apply(.unreadable("no"), SourceID(origin: .manifests, path: "x.yaml")) == [])
        #expect(folder.host("x") == "a.example")
        #expect(folder.problems == ["x.yaml: no"])
        #expect(folder.put("x.yaml", ingress("x")) == [])
        #expect(folder.problems == [])
    }

    @Test func `the user's object is before ours, without a report`() {
        var folder = Folder()
        let ours = "{apiVersion: v1, kind: Secret, metadata: {name: x, namespace: shop}, stringData: {k: ours}}"
        #expect(folder.put("secrets/shop/x.yaml", ours, origin: .state) == ["shop/x"])
        #expect(folder.put("zzz.yaml", ours.replacing("ours", with: "theirs")) == ["shop/x"])
        #expect(folder.problems == [])
        #expect(folder.remove("zzz.yaml") == ["shop/x"])
    }

    @Test func `other kinds are counted and left alone`() {
        var folder = Folder()
        let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: 5\n"
        let others = "---\napiVersion: v1\nkind: Pod\n---\napiVersion: serving.knative.dev/v1\nkind: Service\n"
        folder.put("x.yaml", deployment + "---\n" + deployment + others)
        #expect(folder.model.ignoredKinds == ["Deployment.apps": 2, "Pod": 1, "Service.serving.knative.dev": 1])
        #expect(folder.problems == [])
        folder.put("x.yaml", deployment)
        #expect(folder.model.ignoredKinds == ["Deployment.apps": 1])
        folder.remove("x.yaml")
        #expect(folder.model.ignoredKinds == [:])
    }

    @Test func `problems are capped, the last one says how many there are beyond`() {
        var folder = Folder()
        for index in 0..<StoreLimits.problemsMax + 1 { folder.put("x\(index).yaml", "{") }
        #expect(folder.problems.count == StoreLimits.problemsMax)
        #expect(folder.problems.last == ": there are 2 further problems")
    }

    @Test func `EndpointSlices are found by their Service and change under its name`() {
        var folder = Folder()
        let slice = { (service: String, address: String) in
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: s1, namespace: shop, labels: {kubernetes.io/service-name: \(service)}}
            addressType: IPv4
            endpoints: [{addresses: [\(address)]}]
            """
        }
        folder.put("x.yaml", slice("web", "10.0.0.1"))
        let web = NamespacedName(namespace: "shop", name: "web")
        #expect(folder.model.objects.endpointSlices(of: web).map(\.endpoints.first?.addresses) == [["10.0.0.1"]])
        let before = folder.model.objects
        folder.put("x.yaml", slice("other", "10.0.0.1"))
        #expect(folder.model.objects.endpointSlices(of: web).isEmpty)
        let key = ObjectKey(kind: .endpointSlice, name: NamespacedName(namespace: "shop", name: "s1"))
        let changes = ChangeSet(from: before, to: folder.model.objects, among: [key])
        #expect(changes.endpointServices == [web, NamespacedName(namespace: "shop", name: "other")])
    }

    @Test func `random edits end where a fresh reading of the same files ends`() {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0 ... .max, using: &random)
        var numbers = SplitMix(state: seed)
        var folder = Folder()
        var texts: [String: String] = [:]
        for _ in 0..<300 {
            let path = "f\(Int.random(in: 0..<4, using: &numbers)).yaml"
            if Int.random(in: 0..<5, using: &numbers) == 0 {
                texts[path] = nil
                folder.remove(path)
                continue
            }
            let documents = (0..<Int.random(in: 0..<5, using: &numbers)).map { _ in
                ingress("x\(Int.random(in: 0..<6, using: &numbers))", host: "h\(Int.random(in: 0..<3, using: &numbers)).example")
            }
            texts[path] = "# never empty\n" + documents.joined(separator: "---\n")
            folder.put(path, texts[path] ?? "")
            var fresh = Folder()
            for path in texts.keys.sorted(by: >) { fresh.put(path, texts[path] ?? "") }
            #expect(
                Array(fresh.model.objects.ingresses.values).map(\.metadata.name).sorted()
                    == Array(folder.model.objects.ingresses.values).map(\.metadata.name).sorted(), "seed \(seed)")
            for ingress in fresh.model.objects.ingresses.values {
                #expect(folder.host(ingress.metadata.name) == ingress.spec.rules.first?.host, "seed \(seed)")
            }
            #expect(folder.problems == fresh.problems, "seed \(seed)")
        }
    }
}

/// SplitMix64: the same numbers on every machine.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
