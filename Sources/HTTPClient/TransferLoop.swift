internal import CCurl
internal import Synchronization

/// The thread `certctl-http` from inside: libcurl's multi handle, the transfers in it, those that wait for their turn, their deadlines.
@safe final class TransferLoop {
    private let engine: TransferEngine
    private let multi: UnsafeMutableRawPointer
    private let configuration: HTTPClient.Configuration
    /// All transfers that are not over.
    private var transfers: [ObjectIdentifier: Transfer] = [:]
    /// Transfers that libcurl works on and that count against the limit, by origin.
    private var running: [RequestURL.Origin: Int] = [:]
    /// Transfers that wait for one of those, in order; some of them may be over already.
    private var waiting: [RequestURL.Origin: [Transfer]] = [:]

    init(engine: TransferEngine, multi: UnsafeMutableRawPointer, configuration: HTTPClient.Configuration) {
        self.engine = engine
        unsafe self.multi = multi
        self.configuration = configuration
        _ = unsafe certctl_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, TransferLoop.keptConnectionsMax)
        // One request at a time on each HTTP/2 connection. With multiplexing, libcurl 7.88 (Debian 12) sends requests on HTTP/1.1
        // connections that are in use as soon as one connection to the host speaks HTTP/2, and never resets the stream of a transfer that
        // is removed.
        _ = unsafe certctl_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    }

    /// Connections that are kept for later requests; the oldest is closed beyond. libcurl's own default is 4 × the transfers.
    private static let keptConnectionsMax = 32
    /// How long the thread sleeps when nothing is due; commands wake it.
    private static let sleepMilliseconds = 60_000

    /// Works until told to stop.
    func run() {
        while true {
            for command in engine.takeCommands() {
                guard apply(command) else { return failAll(.shutDown) }
            }
            perform()
            expire()
            _ = unsafe curl_multi_poll(multi, nil, 0, CInt(pause()), nil)
        }
    }

    /// - Returns: false at the end.
    private func apply(_ command: TransferEngine.Command) -> Bool {
        switch command {
        case .start(let transfer): admit(transfer)
        case .cancel(let transfer): finish(transfer, .failure(.cancelled))
        case .resumeReceiving(let transfer):
            transfer.isReceivePaused = false
            resume(transfer)
        case .resumeSending(let transfer):
            transfer.isSendPaused = false
            resume(transfer)
        case .stop: return false
        }
        return true
    }

    private func perform() {
        var count: CInt = 0
        let status = unsafe curl_multi_perform(multi, &count)
        guard status == CURLM_OK else {
            let words = unsafe String(cString: curl_multi_strerror(status)).printable
            return failAll(.transferFailed(code: Int(status.rawValue), words: words))
        }
        while let message = unsafe curl_multi_info_read(multi, &count) {
            guard unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle else { continue }
            // The message is gone once the handle is removed.
            unsafe end(easy, certctl_curl_message_result(message))
        }
    }

    /// Reports the end of a transfer in libcurl's eyes.
    private func end(_ easy: UnsafeMutableRawPointer, _ code: CURLcode) {
        var context: UnsafeMutableRawPointer?
        guard unsafe certctl_curl_get_pointer(easy, CURLINFO_PRIVATE, &context) == CURLE_OK, let context = unsafe context else { return }
        // SAFETY: `transfers` holds it for as long as its handle is in the multi handle.
        end(unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue(), code)
    }

    private func end(_ transfer: Transfer, _ code: CURLcode) {
        if let failure = transfer.failure { return finish(transfer, .failure(failure)) }
        guard let easy = transfer.easy, code != CURLE_OK else {
            let isAnswered = transfer.head.isComplete
            return finish(transfer, isAnswered ? .success(()) : .failure(.protocolError("no final answer")))
        }
        var connectStatus = 0
        _ = unsafe certctl_curl_get_long(easy.handle, CURLINFO_HTTP_CONNECTCODE, &connectStatus)
        var words = easy.words(for: code)
        if code == CURLE_COULDNT_CONNECT { words += easy.systemWords }
        finish(transfer, .failure(HTTPClientError.Code(code, words: words, transfer: transfer, connectStatus: connectStatus)))
    }

    private func expire() {
        let now = Transfer.Clock.now
        for transfer in transfers.values {
            if let deadline = transfer.deadline, deadline.at <= now { finish(transfer, .failure(deadline.failure)) }
        }
    }

    /// Milliseconds to the next deadline. libcurl shortens it by its own timers.
    private func pause() -> Int {
        guard let next = transfers.values.lazy.compactMap({ $0.deadline?.at }).min() else { return TransferLoop.sleepMilliseconds }
        return min(TransferLoop.sleepMilliseconds, Transfer.Clock.now.duration(to: next).milliseconds)
    }
}

// Which transfers libcurl works on.
extension TransferLoop {
    private func admit(_ transfer: Transfer) {
        guard !transfer.isAbandoned.load(ordering: .sequentiallyConsistent) else { return transfer.complete(.failure(.cancelled)) }
        transfers[ObjectIdentifier(transfer)] = transfer
        guard !transfer.isStreamed else { return add(transfer) }
        let origin = transfer.request.url.origin
        guard running[origin, default: 0] < configuration.requestsPerOriginMax else {
            waiting[origin, default: []].append(transfer)
            return
        }
        running[origin, default: 0] += 1
        transfer.holdsPlace = true
        add(transfer)
    }

    private func add(_ transfer: Transfer) {
        do throws(HTTPClientError.Code) {
            let easy = try transfer.makeEasy(configuration)
            transfer.easy = easy
            let status = unsafe curl_multi_add_handle(multi, easy.handle)
            guard status == CURLM_OK else { throw .transferFailed(code: Int(status.rawValue), words: "not accepted by libcurl") }
        } catch {
            finish(transfer, .failure(error))
        }
        let engine = engine
        transfer.upload?.start { [weak transfer] in
            if let transfer { engine.post(.resumeSending(transfer)) }
        }
    }

    /// Takes a transfer out of libcurl, which closes its connection unless the answer is complete, and reports its end. Once.
    private func finish(_ transfer: Transfer, _ result: Result<Void, HTTPClientError.Code>) {
        guard transfers.removeValue(forKey: ObjectIdentifier(transfer)) != nil else { return }
        if let easy = transfer.easy {
            if case .failure = result { easy.set(CURLOPT_FORBID_REUSE, 1) }
            _ = unsafe curl_multi_remove_handle(multi, easy.handle)
            transfer.easy = nil
        }
        transfer.complete(result)
        if transfer.holdsPlace { passOnPlace(transfer.request.url.origin) }
    }

    /// Gives a place to the next one that still wants it.
    private func passOnPlace(_ origin: RequestURL.Origin) {
        while var queue = waiting[origin], !queue.isEmpty {
            let next = queue.removeFirst()
            waiting[origin] = queue.isEmpty ? nil : queue
            guard transfers[ObjectIdentifier(next)] != nil else { continue }
            next.holdsPlace = true
            return add(next)
        }
        let left = running[origin, default: 1] - 1
        running[origin] = left > 0 ? left : nil
    }

    private func resume(_ transfer: Transfer) {
        guard transfers[ObjectIdentifier(transfer)] != nil, let easy = transfer.easy else { return }
        transfer.noteActivity()
        var paused = CURLPAUSE_CONT
        if transfer.isReceivePaused { paused |= CURLPAUSE_RECV }
        if transfer.isSendPaused { paused |= CURLPAUSE_SEND }
        // May call the write callback with what libcurl has kept, and so pause again or fail.
        let code = unsafe curl_easy_pause(easy.handle, paused)
        if code != CURLE_OK { end(transfer, code) }
    }

    private func failAll(_ code: HTTPClientError.Code) {
        waiting = [:]
        for transfer in transfers.values { finish(transfer, .failure(code)) }
    }
}
