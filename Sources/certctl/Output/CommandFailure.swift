/// A command could not do what it was asked; the text says why, for the person at the terminal.
struct CommandFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = Terminal.harmless(description)
    }
}
