/// The limits of this module.
enum CertificateLimits {
    /// Placeholders kept at a time. Beyond: the one made first is forgotten, and made again (some 200 us) when its host is asked for.
    /// One takes about 2 KiB; a thousand hosts that wait for their first certificate at once is a large migration.
    static let placeholdersMax = 1024
    /// Secrets to read at which threads pay off: below, one core needs less than a few milliseconds.
    static let parallelReadsMin = 32
}
