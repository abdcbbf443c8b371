internal import Core
internal import DNS
internal import KubernetesAPI

/// Records by a program of the operator's: lego's contract `exec`. It is called as `PROGRAM ARGS… present|cleanup FQDN VALUE`, or with
/// `-- DOMAIN TOKEN KEYAUTH` in RAW mode; exit status 0 is success.
///
/// The arguments go to the program as they are: there is no shell in between.
struct ProgramHook: DNSProvider {
    private let settings: ExecProvider

    /// - Throws: `.configuration` when the issuer may not start programs, or not this one.
    init(_ settings: ExecProvider, _ permission: ExecPermission, _ secrets: SecretReader) throws(DNSProviderError) {
        switch permission {
        case .refused(let reason): throw secrets.misconfigured("programs are not started: \(reason)")
        case .allowed(let allowed):
            guard allowed.contains(settings) else {
                throw secrets.misconfigured("programs are not started: no issuer that may do so has this program with these arguments")
            }
        }
        guard settings.path.hasPrefix("/") else { throw secrets.misconfigured("path: not absolute") }
        self.settings = settings
    }

    func present(_ record: ChallengeRecord) async throws(DNSProviderError) { try await run("present", record) }

    func cleanUp(_ record: ChallengeRecord) async throws(DNSProviderError) { try await run("cleanup", record) }

    private func run(_ action: String, _ record: ChallengeRecord) async throws(DNSProviderError) {
        let subject = "exec, \(settings.path) \(action) for \(record.name)"
        var words = [settings.path] + settings.arguments + [action]
        switch settings.mode {
        case .record: words += ["\(record.name).", record.value]
        case .raw: words += ["--", record.domain.ascii, record.token, record.keyAuthorization]
        }
        guard words.allSatisfy({ !$0.utf8.contains(0) }) else {
            throw DNSProviderError(.configuration("a NUL byte cannot be an argument"), subject)
        }
        let limit = Duration.seconds(settings.timeoutSeconds)
        let run: ProgramRun
        do {
            run = try ProgramRun(words, environment: ProgramHook.environment)
        } catch {
            throw DNSProviderError(.program("does not start: \(error)"), subject)
        }
        let ending = await run.end(within: limit)
        let said = shown(ending.output, record)
        switch ending.cause {
        case .exited(0): return
        case .exited(let status): throw DNSProviderError(.program("exit status \(status)\(said)"), subject)
        case .signalled(let number): throw DNSProviderError(.program("ended by signal \(number)\(said)"), subject)
        case .timedOut: throw DNSProviderError(.timedOut(limit, "the program was ended\(said)"), subject)
        case .tooMuchOutput:
            throw DNSProviderError(
                .program("wrote more than \(DNSProvidersLimits.outputBytesMax) bytes and was ended\(said)"), subject)
        case .cancelled: throw DNSProviderError(.cancelled, subject)
        }
    }

    /// The end of what it wrote, where programs say why they failed. What it may repeat of RAW mode is taken out.
    private func shown(_ output: [UInt8], _ record: ChallengeRecord) -> String {
        var text = String(decoding: output, as: UTF8.self)
        for secret in [record.keyAuthorization, record.token] where !secret.isEmpty { text = text.replacing(secret, with: "<redacted>") }
        let line = text.oneLine(bytesMax: DNSProvidersLimits.outputBytesMax * 2)
        let words = line.split(separator: " ").joined(separator: " ")
        guard !words.isEmpty else { return "" }
        let tail = String(words.unicodeScalars.suffix(DNSProvidersLimits.wordsBytesMax))
        return ": " + (tail.utf8.count < words.utf8.count ? "…" : "") + tail
    }

    /// What every program needs to find others, and nothing of ours, which has tokens of the cluster and of proxies in it.
    private static let environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", "LANG=C.UTF-8"]
}
