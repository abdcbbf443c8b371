/// A key that was read or generated and found sound, on its way into a ``PrivateKey``.
struct KeyParts: ~Copyable {
    let handle: Handle<KeyKind>
    let algorithm: KeyAlgorithm
    let publicKeyDER: [UInt8]
}
