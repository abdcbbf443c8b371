public import Manifests

extension IngressClass {
    /// Reads an IngressClass.
    public init(from root: Node) throws(ManifestError) {
        self.init(
            metadata: try ObjectMeta(fromRoot: root, isClusterScoped: true),
            controller: try root.mapping("spec")?.string("controller") ?? "")
    }
}
