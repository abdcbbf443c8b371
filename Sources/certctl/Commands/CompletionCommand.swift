internal import ArgumentParser

/// `certctl completion SHELL`.
struct CompletionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completion",
        abstract: "Print a shell completion script.",
        discussion: """
            EXAMPLES
              certctl completion bash > /etc/bash_completion.d/certctl
              certctl completion zsh > "${fpath[1]}/_certctl"
              certctl completion fish > ~/.config/fish/completions/certctl.fish
            """)

    /// The shells that the argument parser can write for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        print(Certctl.completionScript(for: kind))
    }
}
