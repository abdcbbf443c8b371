/// Bounds on foreign text, so that no file can exhaust memory or the stack.
public enum ManifestLimits {
    /// One file. Beyond: the file is refused unread. Room for 20,000 objects with certificate chains in one file.
    public static let fileBytesMax = 256 * 1024 * 1024
    /// One document, which for `kind: List` holds many objects. Beyond: the document is refused unparsed.
    /// Forty times what etcd stores for one object.
    public static let documentBytesMax = 64 * 1024 * 1024
    /// Documents of one file. Beyond: the file is refused. Five times what a file with 20,000 objects has.
    public static let documentsMax = 100_000
    /// Mappings and sequences inside each other. Beyond: the document is refused. Schemas in CustomResourceDefinitions,
    /// which lie in the same folders, reach about 100.
    public static let depthMax = 256
    /// Keys, values and elements of one document. Beyond: the document is refused. A List of 20,000 objects has 800,000.
    public static let nodesMax = 2_000_000
    /// What the aliases of one document may amount to when written out (text, and 32 bytes for each node). Beyond: the
    /// document is refused ("billion laughs").
    public static let aliasedBytesMax = 16 * 1024 * 1024
    /// Characters of a foreign name that an error message repeats.
    public static let quotedCharactersMax = 64
}
