internal import ArgumentParser
internal import Glibc

/// What the process tells its caller. Part of the command-line contract.
enum ExitStatus: Int32 {
    /// Done.
    case good = 0
    /// It did not work; standard error says why.
    case failure = 1
    /// The command line is wrong.
    case usage = 2
    /// `status`: something is expired, failing or overdue.
    case unhealthy = 3

    /// As an error that ends the command with this status.
    var error: ExitCode { ExitCode(rawValue) }
}

/// Ends the process.
enum Exit {
    /// Flushes the log and the standard streams and exits.
    static func now(_ status: ExitStatus) -> Never {
        ProcessLog.flush()
        exit(status.rawValue)
    }

    /// Ends as the signal would have ended it, for the caller to see.
    static func bySignal(_ number: Int32) -> Never {
        signal(number, SIG_DFL)
        raise(number)
        exit(128 + number)
    }
}
