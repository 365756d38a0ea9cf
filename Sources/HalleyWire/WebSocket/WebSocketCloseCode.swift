/// The codes of close frames (RFC 6455 §7.4, and the registry).
package enum WebSocketCloseCode {
    /// Whether it may be in a frame: 1005, 1006 and 1015 say what was not in one, others mean nothing yet.
    package static func isAllowed(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
