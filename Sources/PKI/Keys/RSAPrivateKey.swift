internal import COpenSSL

/// Reads `RSAPrivateKey`, RFC 8017 appendix A.1.2, with two primes.
enum RSAPrivateKey {
    static func read(_ der: Span<UInt8>) throws(PKIError) -> KeyParts {
        let rsa = Handle<RSAKind>.decoded(der) { next, count in unsafe d2i_RSAPrivateKey(nil, &next, count) }
        guard let rsa else { throw .drained(.malformed, KeyBlock.subject, "is not a well-formed RSA private key") }
        let bits = try rsa.with { rsa throws(PKIError) in try unsafe check(rsa) }
        guard let key = unsafe Handle<KeyKind>(EVP_PKEY_new()) else { throw failed }
        let isAssigned = rsa.give { rsa in key.with { key in unsafe certctl_EVP_PKEY_assign_RSA(key, rsa) == 1 } }
        guard isAssigned else { throw failed }
        let publicKey = try key.with { key throws(PKIError) in try unsafe PublicKey.encode(key, subject: KeyBlock.subject) }
        return KeyParts(handle: key, algorithm: .rsa(bits: bits), publicKeyDER: publicKey)
    }

    private static var failed: PKIError { .drained(.failed, KeyBlock.subject, "cannot be set up") }
    private static let inconsistent = PKIError(
        .inconsistentKey, KeyBlock.subject, "contradicts itself: its RSA numbers do not fit together")

    /// Checks size and consistency; returns the bits of the modulus.
    ///
    /// Not by `RSA_check_key`, which proves both primes prime and takes tens of milliseconds: a key that passes here computes what its
    /// public half verifies, and that is what is to be known.
    private static func check(_ rsa: OpaquePointer) throws(PKIError) -> Int {
        let bits = unsafe Int(RSA_bits(rsa))
        guard (PKILimits.rsaBitsMin...PKILimits.rsaBitsMax).contains(bits) else {
            throw PKIError(
                .unsupportedKey, KeyBlock.subject,
                "is RSA with \(bits) bits; \(PKILimits.rsaBitsMin) to \(PKILimits.rsaBitsMax) are supported")
        }
        guard unsafe RSA_get_multi_prime_extra_count(rsa) == 0 else {
            throw PKIError(.unsupportedKey, KeyBlock.subject, "is RSA with more than two primes")
        }
        guard let n = unsafe RSA_get0_n(rsa), let e = unsafe RSA_get0_e(rsa), let d = unsafe RSA_get0_d(rsa),
            let p = unsafe RSA_get0_p(rsa), let q = unsafe RSA_get0_q(rsa), let dp = unsafe RSA_get0_dmp1(rsa),
            let dq = unsafe RSA_get0_dmq1(rsa), let inverse = unsafe RSA_get0_iqmp(rsa)
        else { throw inconsistent }
        // Everything is below the modulus, so that what follows takes bounded time; e as BoringSSL bounds it.
        guard unsafe [d, p, q, dp, dq, inverse].allSatisfy({ unsafe isBetweenZero($0, and: n) }) else { throw inconsistent }
        guard unsafe BN_is_negative(n) == 0, unsafe BN_is_odd(n) == 1, unsafe BN_is_negative(e) == 0, unsafe BN_is_odd(e) == 1,
            unsafe (2...33).contains(BN_num_bits(e))
        else { throw inconsistent }
        guard let context = unsafe Handle<NumberContextKind>(BN_CTX_secure_new()), let scratch = unsafe Handle<NumberKind>(BN_new()),
            let less = unsafe Handle<NumberKind>(BN_new())
        else { throw failed }
        let isConsistent = context.with { context in
            scratch.with { scratch in
                less.with { less in
                    unsafe BN_mul(scratch, p, q, context) == 1 && BN_cmp(scratch, n) == 0
                        && isExponent(dp, of: p, d, e, scratch, less, context)
                        && isExponent(dq, of: q, d, e, scratch, less, context)
                        && BN_mod_mul(scratch, inverse, q, p, context) == 1 && BN_is_one(scratch) == 1
                }
            }
        }
        guard isConsistent else { throw inconsistent }
        return bits
    }

    private static func isBetweenZero(_ number: OpaquePointer, and limit: OpaquePointer) -> Bool {
        unsafe BN_is_negative(number) == 0 && BN_is_zero(number) == 0 && BN_cmp(number, limit) < 0
    }

    /// Whether `reduced` is d modulo (prime - 1), and times e makes 1 there.
    private static func isExponent(
        _ reduced: OpaquePointer, of prime: OpaquePointer, _ d: OpaquePointer, _ e: OpaquePointer,
        _ scratch: OpaquePointer, _ less: OpaquePointer, _ context: OpaquePointer
    ) -> Bool {
        unsafe BN_sub(less, prime, BN_value_one()) == 1
            && BN_nnmod(scratch, d, less, context) == 1 && BN_cmp(scratch, reduced) == 0
            && BN_mod_mul(scratch, reduced, e, less, context) == 1 && BN_is_one(scratch) == 1
    }
}
