import HalleyWire
import NIOCore

/// Whatever comes, it stays within its limit; and what it inflates comes back from the deflater.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzInflater(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let input = ByteBuffer(bytes: UnsafeBufferPointer(start: data, count: size))
    let limit = 1 << 14
    let window: Int32 = size > 0 ? 9 + Int32(data[0] % 7) : 15
    var output = ByteBuffer()
    let inflater = Inflater(windowBits: window)
    let isWhole =
        (try? inflater.inflate(input, into: &output, limit: limit)) != nil
        && (try? inflater.finish(into: &output, limit: limit)) != nil
    precondition(!isWhole || output.readableBytes <= limit)
    let deflater = Deflater(windowBits: window, keepsContext: true)
    let back = Inflater(windowBits: window)
    for _ in 0..<2 {
        var again = ByteBuffer()
        precondition((try? back.inflate(deflater.deflate(input), into: &again, limit: size)) != nil)
        precondition((try? back.finish(into: &again, limit: size)) != nil && again == input)
    }
    return 0
}

@_extern(c, "LLVMFuzzerRunDriver")
private func run(
    _ count: UnsafeMutablePointer<CInt>, _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ target: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// SwiftPM gives an executable's entry this name.
@_cdecl("FuzzInflater_main")
public func main(_ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, words) = (count, words)
    return run(&count, &words, { fuzzInflater($0, $1) })
}
