internal import CCurl

extension HTTPClientError.Code {
    /// What a failed transfer means to the caller.
    ///
    /// - Parameters:
    ///   - connectStatus: the proxy's answer to CONNECT, 0 without one.
    ///   - words: libcurl's; they name hosts and reasons, never credentials.
    init(_ code: CURLcode, words: String, transfer: Transfer, connectStatus: Int) {
        let request = transfer.request
        if connectStatus != 0, !(200...299).contains(connectStatus) {
            self = .proxyFailed("status \(connectStatus) to CONNECT")
            return
        }
        if code == CURLE_COULDNT_CONNECT, let refused = transfer.addressRefused {
            self = .connectFailed("\(refused) is no public address")
            return
        }
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: self = .nameNotResolved(host: request.url.origin.host)
        case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: self = .proxyFailed(words)
        case CURLE_COULDNT_CONNECT: self = request.proxy == nil ? .connectFailed(words) : .proxyFailed(words)
        case CURLE_OPERATION_TIMEDOUT: self = .connectTimedOut(request.timeouts.connect)
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE,
            CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT, CURLE_SSL_CRL_BADFILE:
            self = .tlsFailed(words)
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP2_STREAM, CURLE_BAD_CONTENT_ENCODING:
            self = .protocolError(words)
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_SEND_ERROR, CURLE_RECV_ERROR:
            self = HTTPClientError.Code.broken(words)
        case CURLE_OUT_OF_MEMORY where !transfer.head.isComplete && transfer.isConnected:
            // How libcurl says that one header line alone is longer than it takes (100 KiB).
            self = .headTooLarge(limitBytes: Limits.headBytesMax)
        default: self = .transferFailed(code: Int(code.rawValue), words: words)
        }
    }

    /// libcurl has one code for a connection that breaks, for TLS 1.3's late refusal of a client certificate, and for bad chunks.
    private static func broken(_ words: String) -> HTTPClientError.Code {
        if words.contains("alert") { return .tlsFailed(words) }
        if words.contains("chunk") { return .protocolError(words) }
        return .connectionLost(words)
    }
}
