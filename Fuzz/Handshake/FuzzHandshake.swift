import HalleyWire

/// A request's line and header as text, as far as HTTP leaves it to the check of the opening handshake.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzHandshake(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let head = Head(String(decoding: UnsafeBufferPointer(start: data, count: size), as: UTF8.self))
    let result = check(head)
    precondition(check(head.merged) == result, "a list says something else in several fields than in one")
    if case .success(let upgrade) = result { look(at: upgrade) }
    // Most inputs are no handshake; their extensions are worth a look nevertheless.
    look(at: WebSocketExtension.parse(head.fields.map(\.value)))
    return 0
}

private func check(_ head: Head) -> Result<WebSocketUpgrade, WebSocketUpgrade.Failure> {
    let fields = RequestFields(head.fields)
    return Result { () throws(WebSocketUpgrade.Failure) in
        try WebSocketUpgrade(
            isGet: head.method == "GET",
            isAsked: fields.hasMember("connection", "upgrade") && fields.hasMember("upgrade", "websocket"),
            isHTTP11: head.version == (1, 1), fields: fields)
    }
}

private func look(at upgrade: WebSocketUpgrade) {
    precondition(upgrade.key.utf8.count == 24 && Base64.decode(upgrade.key).map { Base64.encode($0) } == upgrade.key)
    for name in upgrade.subprotocols {
        precondition(!name.isEmpty && !name.utf8.contains(UInt8(ascii: ",")))
        precondition(!" \t".utf8.contains(name.utf8.first!) && !" \t".utf8.contains(name.utf8.last!))
    }
    look(at: upgrade.extensions)
}

/// What is agreed on is in range, and is what the answer says.
private func look(at offers: [WebSocketExtension]) {
    for window in [9, 12, 15] {
        guard let agreed = WebSocketDeflate(offers: offers, policy: .init(window: window, mayKeepContext: true))
        else { continue }
        precondition((9...window).contains(agreed.serverWindow) && (8...15).contains(agreed.clientWindow))
        let answer = WebSocketExtension.parse([agreed.answer])
        precondition(answer.count == 1 && answer[0].name == "permessage-deflate")
        let says = { (name: String) in answer[0].parameters.contains { $0.name == name && $0.value == nil } }
        precondition(says("server_no_context_takeover") != agreed.serverKeepsContext)
        precondition(says("client_no_context_takeover") != agreed.clientKeepsContext)
        let value = { (name: String) in answer[0].parameters.first { $0.name == name }?.value }
        precondition(value("server_max_window_bits").map { $0 == "\(agreed.serverWindow)" } ?? true)
        precondition(value("client_max_window_bits").map { $0 == "\(agreed.clientWindow)" } ?? true)
        precondition(agreed.answer.utf8.allSatisfy { (0x20...0x7e).contains($0) })
    }
}

private struct Head {
    let method: String
    let version: (major: Int, minor: Int)
    let fields: [(name: String, value: String)]

    /// The first line is a method and a version's digits, as in `GET 11`.
    init(_ text: String) {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let words = lines[0].split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
        let number = words.count > 1 ? Int(words[1]) ?? 0 : 0
        self.method = words.first ?? ""
        self.version = (number / 10, number % 10)
        self.fields = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            return (String(Substring(line[..<colon])), Head.trim(line[line.index(after: colon)...]))
        }
    }

    /// As HTTP does.
    private static func trim(_ value: Substring.UTF8View) -> String {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let rest = value.drop(while: isSpace)
        return String(Substring(rest.prefix(rest.reversed().drop(while: isSpace).count)))
    }

    private init(_ head: Head, fields: [(name: String, value: String)]) {
        self.method = head.method
        self.version = head.version
        self.fields = fields
    }

    /// All of a list in one field (RFC 9110 §5.3).
    var merged: Head {
        let lists = ["Upgrade", "Connection", "Sec-WebSocket-Protocol"]
        var merged = self.fields.filter { field in !lists.contains { isEqual($0, field.name) } }
        for name in lists {
            let values = self.fields.filter { isEqual(name, $0.name) }.map(\.value)
            if !values.isEmpty { merged.append((name, values.joined(separator: ", "))) }
        }
        return Head(self, fields: merged)
    }
}

/// In any case of ASCII's letters.
private func isEqual(_ name: String, _ other: String) -> Bool {
    let lower = { (byte: UInt8) in (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte + 32 : byte }
    return name.utf8.elementsEqual(other.utf8) { lower($0) == lower($1) }
}

@_extern(c, "LLVMFuzzerRunDriver")
private func run(
    _ count: UnsafeMutablePointer<CInt>,
    _ words: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ target: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// SwiftPM gives an executable's entry this name.
@_cdecl("FuzzHandshake_main")
public func main(_ count: CInt, _ words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> CInt {
    var (count, words) = (count, words)
    return run(&count, &words, { fuzzHandshake($0, $1) })
}
