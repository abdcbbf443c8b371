public import Manifests

extension IngressClass {
    /// Reads an IngressClass.
    public init(from root: Node) throws(ManifestError) {
        self.init(
            metadata: try ObjectMeta(fromRoot: root, isClusterScoped: true),
            controller: try root.mapping("spec")?.string("controller") ?? "",
            parameters: try root.mapping("spec")?.mapping("parameters").map { node throws(ManifestError) in try Parameters(from: node) })
    }
}

extension IngressClass.Parameters {
    fileprivate init(from node: Node) throws(ManifestError) {
        self.init(
            apiGroup: try node.string("apiGroup"), kind: try node.requiredString("kind"), name: try node.requiredString("name"))
    }
}
