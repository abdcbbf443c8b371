internal import Glibc

/// One exchange on its socket. Every step does what is possible without waiting.
final class Conversation {
    private enum Step {
        case awaitingDatagram
        case connecting
        /// So many bytes have gone.
        case sending(Int)
        /// Length and message as far as they have come.
        case receiving([UInt8])
    }

    let job: ExchangeEngine.Job
    let deadline: ContinuousClock.Instant
    let descriptor: CInt
    private var step: Step
    private var strays = 0
    private var lastStray: String?

    /// Opens a socket on a port of the kernel's choice, connected, so that the kernel drops what others send, and sends or connects.
    ///
    /// - Returns: nil when that fails at once; the job then has its result. Also when it has one already.
    init?(_ job: ExchangeEngine.Job) {
        guard !job.result.isOver else { return nil }
        self.job = job
        deadline = .now.advanced(by: job.exchange.timeout)
        let exchange = job.exchange
        let kind = exchange.transport == .datagram ? SOCK_DGRAM : SOCK_STREAM
        let flags = CInt(kind.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(exchange.address.family, flags, 0)
        step = exchange.transport == .datagram ? .awaitingDatagram : .connecting
        guard descriptor >= 0 else {
            end(failure("no socket", errno))
            return nil
        }
        let descriptor = descriptor
        let status = unsafe exchange.address.withPointer { unsafe connect(descriptor, $0, $1) }
        guard status == 0 || errno == EINPROGRESS else {
            end(failure("cannot connect", errno))
            return nil
        }
        guard exchange.transport == .datagram else { return }
        let sent = unsafe Glibc.send(descriptor, exchange.message, exchange.message.count, CInt(MSG_NOSIGNAL))
        guard sent == exchange.message.count else {
            end(failure("cannot send", errno))
            return nil
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// What to wait for.
    var events: Int16 {
        switch step {
        case .awaitingDatagram, .receiving: Int16(POLLIN)
        case .connecting, .sending: Int16(POLLOUT)
        }
    }

    /// The failure of an exchange whose time is over.
    var lateness: Exchange.Failure { .timedOut(instead: lastStray) }

    /// Hands the result over; later ones are nothing.
    func end(_ result: Result<[UInt8], Exchange.Failure>) { job.result.give(result) }

    /// Goes on, once the socket has something.
    func serve(_ buffer: inout [UInt8]) {
        switch step {
        case .awaitingDatagram: receiveDatagrams(&buffer)
        case .connecting: finishConnecting()
        case .sending(let sent): send(from: sent)
        case .receiving(let received): receive(after: received, &buffer)
        }
    }

    private func receiveDatagrams(_ buffer: inout [UInt8]) {
        while !job.result.isOver {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else {
                if errno != EAGAIN && errno != EINTR { end(failure("no answer", errno)) }
                return
            }
            judge(Array(buffer[..<count]))
        }
    }

    private func judge(_ message: [UInt8]) {
        guard message.count <= job.exchange.answerBytesMax else { return countStray("an answer of \(message.count) bytes") }
        switch job.exchange.judge(message) {
        case .answer: end(.success(message))
        case .stray(let words): countStray(words)
        }
    }

    private func countStray(_ words: String) {
        strays += 1
        lastStray = words
        if strays > DNSLimits.strayDatagramsMax {
            end(.failure(.malformed("more than \(DNSLimits.strayDatagramsMax) answers to other questions")))
        }
    }

    private func finishConnecting() {
        var problem: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size) == 0, problem == 0 else {
            return end(failure("cannot connect", problem))
        }
        send(from: 0)
    }

    /// RFC 1035 §4.2.2: two octets of length in front. RFC 7766 §8: in one piece with the message.
    private func send(from start: Int) {
        let message = job.exchange.message
        let framed = [UInt8(message.count >> 8 & 0xFF), UInt8(message.count & 0xFF)] + message
        var sent = start
        while sent < framed.count {
            let rest = Array(framed[sent...])
            let count = unsafe Glibc.send(descriptor, rest, rest.count, CInt(MSG_NOSIGNAL))
            guard count > 0 else {
                if errno == EAGAIN || errno == EINTR { step = .sending(sent) } else { end(failure("cannot send", errno)) }
                return
            }
            sent += count
        }
        step = .receiving([])
    }

    private func receive(after received: [UInt8], _ buffer: inout [UInt8]) {
        var received = received
        while true {
            let length = received.count < 2 ? nil : Int(received[0]) << 8 | Int(received[1])
            if let length {
                guard length <= job.exchange.answerBytesMax else {
                    return end(.failure(.malformed("it has \(length) bytes; the limit is \(job.exchange.answerBytesMax)")))
                }
                if received.count == length + 2 { return conclude(Array(received[2...])) }
            }
            let wanted = (length ?? 0) + 2 - received.count
            let count = unsafe recv(descriptor, &buffer, min(wanted, buffer.count), 0)
            guard count > 0 else {
                if count == 0 {
                    end(.failure(.network("the server closed the connection after \(received.count) bytes of its answer")))
                } else if errno == EAGAIN || errno == EINTR {
                    step = .receiving(received)
                } else {
                    end(failure("the connection failed", errno))
                }
                return
            }
            received += buffer[..<count]
        }
    }

    /// A connection is ours alone: what comes on it is the answer or a fault.
    private func conclude(_ message: [UInt8]) {
        switch job.exchange.judge(message) {
        case .answer: end(.success(message))
        case .stray(let words): end(.failure(.malformed(words)))
        }
    }

    private func failure(_ what: String, _ number: CInt) -> Result<[UInt8], Exchange.Failure> {
        let words = "\(what): \(unsafe String(cString: strerror(number)).lowercased())"
        switch number {
        case ENETUNREACH, EADDRNOTAVAIL, EAFNOSUPPORT: return .failure(.unreachable(words))
        default: return .failure(.network(words))
        }
    }
}
