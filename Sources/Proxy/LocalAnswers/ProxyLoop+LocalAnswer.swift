internal import HTTP1
internal import NIOCore

extension ProxyLoop {
    /// A local answer as bytes, with `Server`, `Date` and `Content-Length`.
    func bytes(
        of answer: LocalAnswer, isHEAD: Bool = false, version: ProtocolVersion = .http11, keepAlive: Bool
    ) -> ByteBuffer {
        let date = date.now()
        var buffer = ByteBuffer()
        buffer.writeWithOutputRawSpan(minimumWritableBytes: answer.bytesMax) { span in
            answer.write(isHEAD: isHEAD, version: version, keepAlive: keepAlive, date: date, into: &span)
        }
        return buffer
    }
}
