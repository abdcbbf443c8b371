internal import ArgumentParser

/// Which running server a command asks.
struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Admin API of a running `certctl serve` (default: http://127.0.0.1:9402, or what --state says).", valueName: "url"))
    var server: String?
}
