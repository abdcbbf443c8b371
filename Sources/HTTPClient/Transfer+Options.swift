internal import CCurl

extension Transfer {
    /// Makes the handle that libcurl works on.
    ///
    /// - Throws: `.transferFailed` when libcurl lacks memory or an option.
    func makeEasy(_ configuration: HTTPClient.Configuration) throws(HTTPClientError.Code) -> EasyHandle {
        guard let easy = EasyHandle() else {
            throw .transferFailed(code: Int(CURLE_FAILED_INIT.rawValue), words: "no handle")
        }
        easy.setCallbacks(to: self)
        setBasics(on: easy, configuration)
        setProxy(on: easy)
        setTrust(on: easy, configuration)
        setMessage(on: easy, serverName: configuration.tlsServerName)
        let result = easy.optionsResult
        guard result == CURLE_OK else { throw .transferFailed(code: Int(result.rawValue), words: easy.words(for: result)) }
        return easy
    }

    private func setBasics(on easy: EasyHandle, _ configuration: HTTPClient.Configuration) {
        setAddress(on: easy, configuration)
        easy.set(CURLOPT_PATH_AS_IS, 1)
        easy.set(CURLOPT_PROTOCOLS_STR, "http,https")
        easy.set(CURLOPT_FOLLOWLOCATION, 0)
        easy.set(CURLOPT_NOSIGNAL, 1)
        easy.set(CURLOPT_TCP_KEEPALIVE, 1)
        easy.set(CURLOPT_USERAGENT, configuration.userAgent)
        easy.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.timeouts.connect.milliseconds))
        // Else giving up a transfer would wait for its getaddrinfo, and with it every other transfer.
        easy.set(CURLOPT_QUICK_EXIT, 1)
        // A stream may wait long for its reader; HTTP/1.1 leaves that to TCP, libcurl's HTTP/2 reads up to 32 MiB ahead.
        let version = isStreamed ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS
        easy.set(CURLOPT_HTTP_VERSION, version)
    }

    /// libcurl takes SNI and the name to check from the URL: with another name for them, that goes into the URL, and the URL's host into
    /// the address to connect to. A proxy is asked for that address, too.
    private func setAddress(on easy: EasyHandle, _ configuration: HTTPClient.Configuration) {
        let origin = request.url.origin
        guard let name = configuration.tlsServerName, origin.scheme == "https", let url = request.url.text(replacingHost: name) else {
            easy.set(CURLOPT_URL, request.url.text)
            return
        }
        easy.set(CURLOPT_URL, url)
        easy.setConnectTo(host: origin.host.contains(":") ? "[\(origin.host)]" : origin.host, port: origin.port)
    }

    private func setProxy(on easy: EasyHandle) {
        // The empty text keeps libcurl from reading the environment by itself; ProxyRules has.
        easy.set(CURLOPT_PROXY, request.proxy ?? "")
        easy.set(CURLOPT_NOPROXY, "")
        easy.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }

    private func setTrust(on easy: EasyHandle, _ configuration: HTTPClient.Configuration) {
        easy.set(CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2)
        easy.set(CURLOPT_SSL_VERIFYPEER, configuration.insecureSkipVerify ? 0 : 1)
        easy.set(CURLOPT_SSL_VERIFYHOST, configuration.insecureSkipVerify ? 0 : 2)
        if let bundle = configuration.caBundlePEM {
            easy.set(CURLOPT_CAINFO_BLOB, blob: bundle)
            // The blob replaces the system's bundle but not the system's folder of roots.
            easy.set(CURLOPT_CAPATH, nil)
        }
        if let certificate = configuration.clientCertificatePEM, let key = configuration.clientKeyPEM {
            easy.set(CURLOPT_SSLCERTTYPE, "PEM")
            easy.set(CURLOPT_SSLCERT_BLOB, blob: certificate)
            easy.set(CURLOPT_SSLKEYTYPE, "PEM")
            easy.set(CURLOPT_SSLKEY_BLOB, blob: key)
        }
    }

    private func setMessage(on easy: EasyHandle, serverName: String?) {
        let needsHost = serverName != nil && !request.headerLines.contains { $0.lowercased().hasPrefix("host:") }
        easy.setHeaders(needsHost ? request.headerLines + ["Host: " + request.url.authority] : request.headerLines)
        switch request.body {
        case .none where request.method == "HEAD":
            easy.set(CURLOPT_NOBODY, 1)
            return
        case .none where !request.hasBody:
            break
        case .none:
            easy.set(CURLOPT_POST, 1)
            easy.setBody([])
        case .bytes(let bytes):
            easy.set(CURLOPT_POST, 1)
            easy.setBody(bytes)
        case .stream(let upload):
            easy.set(CURLOPT_UPLOAD, 1)
            easy.set(CURLOPT_INFILESIZE_LARGE, offset: upload.length ?? -1)
            // libcurl repeats a request when a kept connection turns out to be dead; a stream cannot be repeated.
            easy.set(CURLOPT_FRESH_CONNECT, 1)
        }
        if request.method != "GET" || request.hasBody { easy.set(CURLOPT_CUSTOMREQUEST, request.method) }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up so that a wait never ends early, and bounded to what fits a C int.
    var milliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
    }
}
