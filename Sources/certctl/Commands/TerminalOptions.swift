internal import ArgumentParser

/// How a command writes for people.
struct TerminalOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Colours: auto (on a terminal, unless NO_COLOR is set or TERM is dumb), always or never.", valueName: "auto|always|never"))
    var color = Terminal.Colour.auto
}
