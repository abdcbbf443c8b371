internal import Glibc

/// Asks before something that cannot be taken back.
enum Confirmation {
    /// Passes when `--yes` was given, or when somebody at the terminal says yes.
    ///
    /// - Throws: ``CommandFailure`` otherwise.
    static func require(_ isGiven: Bool, _ consequence: String) throws {
        if isGiven { return }
        guard isatty(STDIN_FILENO) == 1 else { throw CommandFailure("\(consequence) Say --yes to do it") }
        StandardError.print(Terminal.harmless("\(consequence) Type yes to do it:"))
        guard readLine(strippingNewline: true) == "yes" else { throw CommandFailure("not done") }
    }
}
