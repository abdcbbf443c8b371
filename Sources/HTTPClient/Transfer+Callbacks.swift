internal import CCurl
internal import Core
internal import Glibc

// What libcurl calls on the engine's thread while it works on a transfer.
extension Transfer {
    /// Takes a header line.
    ///
    /// - Returns: whether to go on.
    func receive(headLine: Span<UInt8>) -> Bool {
        noteActivity()
        do throws(HTTPClientError.Code) {
            if try head.take(headLine) == .complete { try startBody() }
            return true
        } catch {
            fail(error)
            return false
        }
    }

    /// Takes a part of the body.
    ///
    /// - Returns: what libcurl wants to hear: the number of bytes, another number for a failure, or `CURL_WRITEFUNC_PAUSE`.
    func receive(body bytes: UnsafeRawBufferPointer) -> Int {
        noteActivity()
        let count = bytes.count
        switch sink {
        case .collected(_, let bodyBytesMax):
            guard count <= bodyBytesMax - body.count else {
                fail(.bodyTooLarge(limitBytes: bodyBytesMax))
                return Transfer.refused
            }
            unsafe body.append(contentsOf: bytes)
        case .streamed(_, let pipe):
            guard unsafe bytes.isEmpty || pipe.offer(bytes) else {
                isReceivePaused = true
                return Int(CURL_WRITEFUNC_PAUSE)
            }
        }
        return count
    }

    /// Gives out a part of the request body.
    ///
    /// - Returns: the number of bytes, 0 at the end, `CURL_READFUNC_PAUSE` or `CURL_READFUNC_ABORT`.
    func send(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard let upload else { return 0 }
        switch unsafe upload.read(into: buffer) {
        case .bytes(let count):
            noteActivity()
            return count
        case .end:
            return 0
        case .wait:
            isSendPaused = true
            return Int(CURL_READFUNC_PAUSE)
        case .failed(let words):
            fail(.uploadFailed(words))
            return Int(CURL_READFUNC_ABORT)
        }
    }

    /// Takes note of libcurl's count of bytes, which moves with every write to the network, not with every read of the body.
    func progress(bytes: Int) {
        guard bytes != bytesMoved else { return }
        bytesMoved = bytes
        noteActivity()
    }

    /// The connection is there and the request is about to be sent.
    func connected() {
        isConnected = true
        noteActivity()
    }

    /// Whether the client may connect to an address that a name has led to.
    func mayConnect(to octets: [UInt8]?) -> Bool {
        guard let rule = request.addressRule else { return true }
        guard let octets, rule.allows(octets) else {
            addressRefused = octets.flatMap(IPAddressText.text) ?? "an address"
            return false
        }
        return true
    }

    func noteActivity() { lastActivity = Clock.now }

    /// Notes why the transfer is about to be failed, and that its connection must not be used again: an HTTP/2 connection would be, with
    /// the rest of this answer still coming in on it.
    private func fail(_ code: HTTPClientError.Code) {
        failure = code
        easy?.set(CURLOPT_FORBID_REUSE, 1)
    }

    /// Any number but that of the bytes fails the transfer.
    private static let refused = -1

    private func startBody() throws(HTTPClientError.Code) {
        switch sink {
        case .collected(_, let bodyBytesMax):
            // RFC 9110 §8.6: in these answers the length is that of a body which does not come.
            guard request.method != "HEAD", head.status != 304, let length = head.contentLength else { return }
            guard length <= bodyBytesMax else { throw .bodyTooLarge(limitBytes: bodyBytesMax) }
            body.reserveCapacity(max(0, length))
        case .streamed(let outcome, _):
            outcome.resolve(.success(head))
        }
    }
}

extension EasyHandle {
    /// Lets libcurl call the transfer, which must outlive the handle's time in the multi handle.
    func setCallbacks(to transfer: Transfer) {
        let context = unsafe Unmanaged.passUnretained(transfer).toOpaque()
        for option in [
            CURLOPT_PRIVATE, CURLOPT_HEADERDATA, CURLOPT_WRITEDATA, CURLOPT_READDATA, CURLOPT_XFERINFODATA, CURLOPT_PREREQDATA,
            CURLOPT_OPENSOCKETDATA,
        ] {
            unsafe note(certctl_curl_set_pointer(handle, option, context))
        }
        unsafe note(certctl_curl_set_transfer_callback(handle, CURLOPT_HEADERFUNCTION, headerCallback))
        unsafe note(certctl_curl_set_transfer_callback(handle, CURLOPT_WRITEFUNCTION, writeCallback))
        unsafe note(certctl_curl_set_transfer_callback(handle, CURLOPT_READFUNCTION, readCallback))
        unsafe note(certctl_curl_set_progress_callback(handle, progressCallback))
        unsafe note(certctl_curl_set_prerequest_callback(handle, prerequestCallback))
        unsafe note(certctl_curl_set_open_socket_callback(handle, openSocketCallback))
        set(CURLOPT_NOPROGRESS, 0)
    }
}

/// The transfer behind a callback's context.
///
/// SAFETY: the engine holds every transfer whose handle libcurl works on, and takes the handle away first.
private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    guard let context = unsafe context else { return nil }
    return unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
}

private let headerCallback: curl_write_callback = { bytes, size, count, context in
    guard let transfer = unsafe transfer(context), let bytes = unsafe bytes else { return -1 }
    // SAFETY: libcurl lends `size * count` bytes until we return.
    let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
    return unsafe line.withMemoryRebound(to: UInt8.self) { unsafe transfer.receive(headLine: $0.span) } ? size * count : -1
}

private let writeCallback: curl_write_callback = { bytes, size, count, context in
    guard let transfer = unsafe transfer(context), let bytes = unsafe bytes else { return -1 }
    // SAFETY: as above.
    return unsafe transfer.receive(body: UnsafeRawBufferPointer(start: bytes, count: size * count))
}

private let readCallback: curl_read_callback = { buffer, size, count, context in
    guard let transfer = unsafe transfer(context), let buffer = unsafe buffer else { return Int(CURL_READFUNC_ABORT) }
    // SAFETY: libcurl lends room for `size * count` bytes until we return.
    return unsafe transfer.send(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
}

private let progressCallback: curl_xferinfo_callback = { context, _, downloaded, _, uploaded in
    unsafe transfer(context)?.progress(bytes: downloaded &+ uploaded)
    return 0
}

/// libcurl's own sockets are inherited by child processes, which then hold connections open that we have closed.
private let openSocketCallback: curl_opensocket_callback = { context, _, address in
    guard let transfer = unsafe transfer(context), let target = unsafe address, unsafe transfer.mayConnect(to: octets(of: target)) else {
        return CURL_SOCKET_BAD
    }
    let address = unsafe target.pointee
    return socket(address.family, address.socktype | CInt(SOCK_CLOEXEC.rawValue), address.protocol)
}

/// The octets of an IP address; nil for other families.
private func octets(of target: UnsafeMutablePointer<curl_sockaddr>) -> [UInt8]? {
    let address = unsafe target.pointee
    let parts: (size: Int, offset: Int?, count: Int)
    switch address.family {
    case AF_INET: parts = (MemoryLayout<sockaddr_in>.size, MemoryLayout<sockaddr_in>.offset(of: \.sin_addr), 4)
    case AF_INET6: parts = (MemoryLayout<sockaddr_in6>.size, MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr), 16)
    default: return nil
    }
    guard let start = MemoryLayout<curl_sockaddr>.offset(of: \.addr), let offset = parts.offset, Int(address.addrlen) >= parts.size else {
        return nil
    }
    // SAFETY: `addr` is the first of `addrlen` bytes, of which the declared type shows only the beginning.
    return unsafe Array(UnsafeRawBufferPointer(start: UnsafeRawPointer(target) + start + offset, count: parts.count))
}

private let prerequestCallback: curl_prereq_callback = { context, _, _, _, _ in
    unsafe transfer(context)?.connected()
    return CURL_PREREQFUNC_OK
}
