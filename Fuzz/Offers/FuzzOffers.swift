import HalleyWire

/// `Sec-WebSocket-Extensions` of a handshake: what is agreed on is in range, and is what the answer says.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOffers(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let header = String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self)
    for window in [9, 12, 15] {
        guard let agreed = WebSocketDeflate(offers: [header], policy: .init(window: window, mayKeepContext: true))
        else {
            continue
        }
        precondition((9...window).contains(agreed.serverWindow) && (8...15).contains(agreed.clientWindow))
        precondition(agreed.answer.hasPrefix("permessage-deflate"))
        precondition(agreed.answer.contains("server_no_context_takeover") != agreed.serverKeepsContext)
        precondition(agreed.answer.contains("client_no_context_takeover") != agreed.clientKeepsContext)
        precondition(agreed.answer.utf8.allSatisfy { (0x20...0x7e).contains($0) })
    }
    return 0
}

@_extern(c, "LLVMFuzzerRunDriver")
private func run(
    _ count: UnsafeMutablePointer<CInt>, _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ target: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// SwiftPM gives an executable's entry this name.
@_cdecl("FuzzOffers_main")
public func main(_ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, words) = (count, words)
    return run(&count, &words, { fuzzOffers($0, $1) })
}
