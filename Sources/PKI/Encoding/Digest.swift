internal import COpenSSL

/// SHA-256 of the bytes: 32 bytes. FIPS 180-4.
public func sha256(_ bytes: [UInt8]) -> [UInt8] { sha256(bytes.span) }

/// SHA-256 of the bytes: 32 bytes. FIPS 180-4.
public func sha256(_ bytes: Span<UInt8>) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    var length: CUnsignedInt = 0
    // SAFETY: 32 bytes are there, which is what SHA-256 writes.
    let isMade = unsafe bytes.withUnsafeBufferPointer { input in
        unsafe EVP_Digest(input.baseAddress, input.count, &digest, &length, EVP_sha256(), nil) == 1
    }
    precondition(isMade && length == 32, "libcrypto has no SHA-256")
    return digest
}

/// HMAC-SHA256 of the bytes: 32 bytes. RFC 2104.
public func hmacSHA256(_ bytes: [UInt8], key: SecretBytes) throws(PKIError) -> [UInt8] {
    OpenSSL.begin()
    var mac = [UInt8](repeating: 0, count: 32)
    var length: CUnsignedInt = 0
    let isMade = key.withBytes { key in
        unsafe key.withUnsafeBufferPointer { key in
            // SAFETY: 32 bytes are there, which is what HMAC-SHA256 writes.
            unsafe HMAC(EVP_sha256(), key.baseAddress, CInt(key.count), bytes, bytes.count, &mac, &length) != nil
        }
    }
    guard isMade, length == 32 else { throw .drained(.failed, "HMAC-SHA256", "cannot be computed") }
    return mac
}

/// Random bytes from libcrypto's generator, fit for keys and nonces.
///
/// - Throws: when the machine has no randomness, which nobody should try to work around.
public func randomBytes(_ count: Int) throws(PKIError) -> [UInt8] {
    precondition(count >= 0 && count <= 1 << 20, "asked for \(count) random bytes")
    OpenSSL.begin()
    var bytes = [UInt8](repeating: 0, count: count)
    guard unsafe RAND_bytes(&bytes, CInt(count)) == 1 else { throw .drained(.failed, "random bytes", "cannot be had") }
    return bytes
}

/// The bytes as lower-case hexadecimal digits.
public func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
        text.append(hexadecimalDigits[Int(byte >> 4)])
        text.append(hexadecimalDigits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

private let hexadecimalDigits = Array("0123456789abcdef".utf8)
