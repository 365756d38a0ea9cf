/// The frames that a client sends, with a mask of zeros: a server has the same work with it, and the client none.
package enum ClientFrame {
    package static func text(_ payload: [UInt8]) -> [UInt8] { self.frame(opcode: 1, payload) }

    package static func pong(_ payload: [UInt8]) -> [UInt8] { self.frame(opcode: 10, payload) }

    private static func frame(opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length: [UInt8] =
            switch payload.count {
            case ...125: [0x80 | UInt8(payload.count)]
            case ...0xFFFF: [0x80 | 126] + self.bytes(payload.count, 2)
            default: [0x80 | 127] + self.bytes(payload.count, 8)
            }
        return [0x80 | opcode] + length + [0, 0, 0, 0] + payload
    }

    private static func bytes(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * (count - 1 - $0))) }
    }
}
