internal import Glibc
internal import Synchronization

/// The whole window of a terminal, redrawn in place: on the alternate screen, so that what was there before comes back, and with each frame
/// written over the last, so that nothing flickers.
final class Screen: Sendable {
    private struct State {
        var isEntered = false
        /// The line discipline as it was; nil when standard input is not ours to change.
        var discipline: termios?
    }
    private let state = Mutex(State())

    /// Takes the window over. Typed characters are not echoed from now on.
    func enter() {
        state.withLock { state in
            guard !state.isEntered else { return }
            state.isEntered = true
            state.discipline = Screen.silence()
            // The alternate screen; no cursor; long lines end at the edge.
            StandardOutput.write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l")
        }
    }

    /// Gives it back as it was. May be called again.
    func leave() {
        state.withLock { state in
            guard state.isEntered else { return }
            state.isEntered = false
            StandardOutput.write("\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l")
            guard var discipline = state.discipline else { return }
            // SAFETY: tcsetattr reads the structure within the call.
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &discipline)
        }
    }

    /// Writes a frame; no more of it than fits.
    func draw(_ lines: [String], columns: Int, rows: Int) { StandardOutput.write(Screen.frame(lines, columns: columns, rows: rows)) }

    /// The bytes of a frame: each line over the one that was there, then nothing to the end. In one synchronised update, for terminals that
    /// know those.
    static func frame(_ lines: [String], columns: Int, rows: Int) -> String {
        var shown = lines
        if lines.count > rows, rows > 1 {
            let hidden = lines.count - (rows - 1)
            shown = lines.prefix(rows - 1) + ["… \(hidden) more lines"]
        }
        // On the last column the cursor stays on the character that it wrote: erasing from there would take it away.
        let written = shown.prefix(rows).map { Screen.columns(of: $0) < columns ? $0 + "\u{1B}[K" : $0 }.joined(separator: "\r\n")
        return "\u{1B}[?2026h\u{1B}[H" + written + (shown.count < rows ? "\r\n\u{1B}[J" : "") + "\u{1B}[?2026l"
    }

    /// How wide a line is without its colours.
    private static func columns(of line: String) -> Int {
        let parts = line.split(separator: "\u{1B}", omittingEmptySubsequences: false)
        return parts.dropFirst().reduce(parts.first?.columns ?? 0) { sum, part in
            sum + (part.firstIndex(of: "m").map { part[part.index(after: $0)...] } ?? part).columns
        }
    }

    /// Turns off the echo and the waiting for whole lines, if this process is in the foreground: else the kernel would stop it for trying.
    private static func silence() -> termios? {
        guard isatty(STDIN_FILENO) == 1, tcgetpgrp(STDIN_FILENO) == getpgrp() else { return nil }
        var discipline = termios()
        // SAFETY: both calls use the structures within the call only.
        guard unsafe tcgetattr(STDIN_FILENO, &discipline) == 0 else { return nil }
        var silent = discipline
        silent.c_lflag &= ~tcflag_t(ECHO | ICANON)
        return unsafe tcsetattr(STDIN_FILENO, TCSANOW, &silent) == 0 ? discipline : nil
    }
}
