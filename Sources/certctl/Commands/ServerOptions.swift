internal import ArgumentParser

/// Which running server a command asks, and with what.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Admin API of a running `certctl serve` (default: http://127.0.0.1:9402, or what --state says).", valueName: "url"))
    var server: String?

    @OptionGroup var token: AdminTokenOptions
}
