internal import Core
internal import FoundationEssentials
internal import Glibc

/// Shows something again whenever it changes: in place on a terminal, one below the other elsewhere.
struct Watch<Content: Sendable, Key: Equatable & Sendable>: Sendable {
    /// Asks for it.
    let fetch: @Sendable () async throws -> Content
    /// What of it counts as a change; moments that move with the clock do not.
    let key: @Sendable (Content) -> Key
    /// For a terminal.
    let lines: @Sendable (Content, Terminal) -> [String]
    /// For a pipe or a file; ends with a newline.
    let block: @Sendable (Content) throws -> String
    /// What the exit code says of it.
    let status: @Sendable (Content) -> ExitStatus
    let colour: Terminal.Colour
    /// Whether it is written one below the other on a terminal too.
    let isStream: Bool

    private enum News: Sendable {
        case content(Content)
        case trouble(String)
        case event(WatchEvents.Event)
    }

    /// Watches until somebody ends it.
    ///
    /// - Returns: how what was shown last was.
    /// - Throws: when the first question fails; later ones are asked again.
    func run() async throws -> ExitStatus {
        let first = try await fetch()
        let (news, continuation) = AsyncStream.makeStream(of: News.self, bufferingPolicy: .bufferingNewest(64))
        let inPlace = !isStream && Terminal(colour).hasCursor
        let events = WatchEvents(readsKeys: inPlace) { continuation.yield(.event($0)) }
        let polling = Task { await poll { continuation.yield($0) } }
        defer {
            polling.cancel()
            withExtendedLifetime(events) {}
        }
        return inPlace ? await draw(first, news) : try await append(first, news)
    }

    private func poll(_ tell: @Sendable (News) -> Void) async {
        while !Task.isCancelled {
            let began = ContinuousClock.now
            do {
                try await Task.sleep(for: period)
                tell(.content(try await fetch()))
            } catch is CancellationError {
                return
            } catch {
                tell(.trouble("\(error)"))
            }
            // What takes long to answer is not asked all the time.
            try? await Task.sleep(for: (ContinuousClock.now - began - period) * 4)
        }
    }

    // MARK: In place

    private func draw(_ first: Content, _ news: AsyncStream<News>) async -> ExitStatus {
        let screen = Screen()
        screen.enter()
        defer { screen.leave() }
        var shown = first
        var trouble: (text: String, since: Date)?
        redraw(shown, trouble, screen)
        for await item in news {
            switch item {
            case .content(let content): (shown, trouble) = (content, nil)
            case .trouble(let text): trouble = (text, trouble?.since ?? Date())
            case .event(.signal(SIGWINCH)): break
            case .event(.signal(SIGTSTP)):
                screen.leave()
                kill(getpid(), SIGSTOP)
                screen.enter()
            case .event(.signal(SIGINT)), .event(.key(UInt8(ascii: "q"))): return status(shown)
            case .event(.signal(let number)):
                screen.leave()
                Exit.bySignal(number)
            case .event(.key): continue
            }
            redraw(shown, trouble, screen)
        }
        return status(shown)
    }

    private func redraw(_ content: Content, _ trouble: (text: String, since: Date)?, _ screen: Screen) {
        let terminal = Terminal(colour)
        var lines = lines(content, terminal)
        if let trouble {
            let since = FactText.when(trouble.since, Date())
            let text = Terminal.harmless("not up to date, last asked in vain \(since): \(trouble.text)")
            lines = text.wrapped(to: terminal.columns).map { terminal.styled($0, .alarm) } + [""] + lines
        }
        screen.draw(lines, columns: terminal.columns ?? .max, rows: terminal.rows ?? lines.count)
    }

    // MARK: One below the other

    private func append(_ first: Content, _ news: AsyncStream<News>) async throws -> ExitStatus {
        var shown = first
        var trouble: String?
        try write(first)
        for await item in news {
            switch item {
            case .content(let content):
                trouble = nil
                let isNew = key(content) != key(shown)
                shown = content
                if isNew { try write(content) }
            case .trouble(let text):
                if text != trouble { StandardError.print(text) }
                trouble = text
            case .event(.signal(SIGINT)): return status(shown)
            case .event(.signal(SIGTSTP)): kill(getpid(), SIGSTOP)
            case .event(.signal(SIGWINCH)), .event(.key): break
            case .event(.signal(let number)): Exit.bySignal(number)
            }
        }
        return status(shown)
    }

    private func write(_ content: Content) throws {
        StandardOutput.write(try block(content))
    }

    private var period: Duration { .seconds(1) }
}
