internal import CCurl
internal import Glibc

/// Owns one easy handle of libcurl with its header list and error buffer. Engine's thread only; removed from its multi handle before it
/// is freed.
@safe final class EasyHandle {
    let handle: UnsafeMutableRawPointer
    private var headers: UnsafeMutablePointer<curl_slist>?
    private var connectTo: UnsafeMutablePointer<curl_slist>?
    private let errorBuffer: UnsafeMutablePointer<CChar>
    /// The first option that libcurl refused; checked once, when all are set.
    private var refusal: CURLcode = CURLE_OK

    init?() {
        guard let handle = unsafe curl_easy_init() else { return nil }
        unsafe self.handle = handle
        unsafe errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe note(certctl_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorBuffer))
    }

    deinit {
        unsafe curl_easy_cleanup(handle)
        unsafe curl_slist_free_all(headers)
        unsafe curl_slist_free_all(connectTo)
        unsafe errorBuffer.deallocate()
    }

    /// `CURLE_OK`, or why an option was refused: no memory, or a libcurl that is older than its header.
    var optionsResult: CURLcode { refusal }

    /// libcurl's words for the last failure, else its general words for the code.
    func words(for code: CURLcode) -> String {
        let words = unsafe String(cString: errorBuffer)
        return (words.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : words).printable
    }

    /// What the system said to the last attempt to connect, which libcurl's words leave out; or nothing.
    var systemWords: String {
        var number = 0
        guard unsafe certctl_curl_get_long(handle, CURLINFO_OS_ERRNO, &number) == CURLE_OK, number != 0,
            let words = unsafe strerror(CInt(truncatingIfNeeded: number))
        else { return "" }
        return unsafe " (\(String(cString: words)))"
    }

    func set(_ option: CURLoption, _ value: Int) { unsafe note(certctl_curl_set_long(handle, option, value)) }

    func set(_ option: CURLoption, offset value: Int) { unsafe note(certctl_curl_set_offset(handle, option, value)) }

    /// libcurl copies the text; nil takes the option back.
    func set(_ option: CURLoption, _ value: String?) {
        guard let value else { return unsafe note(certctl_curl_set_string(handle, option, nil)) }
        unsafe note(certctl_curl_set_string(handle, option, value))
    }

    /// libcurl copies the bytes.
    func set(_ option: CURLoption, blob: [UInt8]) {
        var bytes = blob
        unsafe bytes.withUnsafeMutableBytes { bytes in
            var blob = unsafe curl_blob(data: bytes.baseAddress, len: bytes.count, flags: UInt32(CURL_BLOB_COPY))
            unsafe note(certctl_curl_set_blob(handle, option, &blob))
        }
    }

    /// libcurl copies the bytes and sends them with their length.
    func setBody(_ body: [UInt8]) {
        set(CURLOPT_POSTFIELDSIZE_LARGE, offset: body.count)
        unsafe body.withUnsafeBytes { bytes in
            // With a null pointer libcurl would ask a read callback for the body; an empty one needs an address, too.
            if let start = bytes.baseAddress, !body.isEmpty {
                unsafe note(certctl_curl_set_pointer(handle, CURLOPT_COPYPOSTFIELDS, start))
            } else {
                set(CURLOPT_COPYPOSTFIELDS, "")
            }
        }
    }

    func setHeaders(_ lines: [String]) {
        for line in lines {
            guard let longer = unsafe curl_slist_append(headers, line) else { return note(CURLE_OUT_OF_MEMORY) }
            unsafe headers = longer
        }
        unsafe note(certctl_curl_set_list(handle, CURLOPT_HTTPHEADER, headers))
    }

    /// Connects there instead of to the host and port of the URL.
    func setConnectTo(host: String, port: Int) {
        guard let entry = unsafe curl_slist_append(connectTo, "::\(host):\(port)") else { return note(CURLE_OUT_OF_MEMORY) }
        unsafe connectTo = entry
        unsafe note(certctl_curl_set_list(handle, CURLOPT_CONNECT_TO, connectTo))
    }

    func note(_ code: CURLcode) {
        if refusal == CURLE_OK { refusal = code }
    }
}
