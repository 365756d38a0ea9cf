import HalleyWire
import NIOCore

/// Whatever comes, and however it is cut, it stays within its limit and says the same; and what is deflated comes back.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzInflater(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = ByteBuffer(bytes: UnsafeBufferPointer(start: data, count: size))
    let limit = 1 << 14
    let window: Int32 = size > 0 ? 9 + Int32(data[0] % 7) : 15
    let whole = inflate(input, by: max(1, size), window, limit)
    precondition(whole.map { $0.readableBytes <= limit } ?? true)
    let cut = inflate(input, by: size > 0 ? 1 + Int(data[0] >> 5) : 1, window, limit)
    // A peer that refers further back than was agreed may get through, where zlib still has that at hand.
    let mayDiffer = window < 15 && (whole == nil) != (cut == nil)
    precondition(mayDiffer || whole == cut, "what it inflates depends on how the bytes arrive")
    let deflater = Deflater(windowBits: window, keepsContext: true)
    let back = Inflater(windowBits: window)
    for _ in 0..<2 {
        var again = ByteBuffer()
        precondition((try? back.inflate(deflater.deflate(input), into: &again, limit: size)) != nil)
        precondition((try? back.finish(into: &again, limit: size)) != nil && again == input)
    }
    return 0
}

/// `nil` where it fails.
private func inflate(_ input: ByteBuffer, by step: Int, _ window: Int32, _ limit: Int) -> ByteBuffer? {
    var (input, output) = (input, ByteBuffer())
    let inflater = Inflater(windowBits: window)
    do {
        while let piece = input.readSlice(length: min(step, max(1, input.readableBytes))) {
            try inflater.inflate(piece, into: &output, limit: limit)
        }
        try inflater.finish(into: &output, limit: limit)
        return output
    } catch {
        return nil
    }
}

@_extern(c, "LLVMFuzzerRunDriver")
private func run(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ target: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// SwiftPM gives an executable's entry this name.
@_cdecl("FuzzInflater_main")
public func main(_ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, words) = (count, words)
    return run(&count, &words, { fuzzInflater($0, $1) })
}
