import HalleyWire
import NIOCore

/// The first byte says whether compression was agreed on, which end reads, and into what pieces the rest is cut.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWebSocket(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    guard size > 0 else { return 0 }
    let offers = data[0] & 1 == 0 ? [] : ["permessage-deflate"]
    let deflate = WebSocketDeflate(offers: offers, policy: .init(window: 15, mayKeepContext: data[0] & 2 == 0))
    let bytes = Array(UnsafeBufferPointer(start: data + 1, count: size - 1))
    let role: WebSocketRole = data[0] & 3 == 2 ? .client : .server
    let whole = read(bytes, by: bytes.count, role, deflate)
    let cut = read(bytes, by: Int(data[0] >> 2) + 1, role, deflate)
    precondition(whole == cut, "what a peer says depends on how its bytes arrive")
    return 0
}

private func read(
    _ bytes: [UInt8], by step: Int, _ role: WebSocketRole, _ deflate: WebSocketDeflate?
) -> [WebSocketReader.Action] {
    let limit = 1 << 16
    var reader = WebSocketReader(role: role, limits: .init(message: limit, fragments: 64), deflate: deflate)
    var actions: [WebSocketReader.Action] = []
    for start in stride(from: 0, to: bytes.count, by: max(1, step)) {
        reader.append(ByteBuffer(bytes: bytes[start..<min(start + step, bytes.count)]))
        while let action = reader.next() {
            if case .message(_, let message) = action { precondition(message.readableBytes <= limit) }
            actions.append(told(action))
        }
    }
    return actions
}

/// Which of two faults in one message is seen first depends on the cuts, but not whether its frames are sound.
private func told(_ action: WebSocketReader.Action) -> WebSocketReader.Action {
    guard case .fail(let failure) = action, failure.code != 1002 else { return action }
    return .fail(WebSocketFailure(1007, "the message"))
}

@_extern(c, "LLVMFuzzerRunDriver")
private func run(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ target: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// SwiftPM gives an executable's entry this name.
@_cdecl("FuzzWebSocket_main")
public func main(_ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, words) = (count, words)
    return run(&count, &words, { fuzzWebSocket($0, $1) })
}
