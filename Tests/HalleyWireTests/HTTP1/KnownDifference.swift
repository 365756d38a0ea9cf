import NIOHTTP1

/// Where NIO's decoder, which is llhttp, does otherwise than our parser, and why that is as it should be.
enum KnownDifference: String, CaseIterable {
    /// NIO refuses a request that we take.
    case method =
        "llhttp has a list of methods; ours takes every token, for who answers says which it takes (RFC 9110 §9.1)"
    case tabBehindLength =
        "llhttp takes a space behind the number of Content-Length, but no tab; neither is part of it (RFC 9112 §5.1)"
    case tabBehindCoding =
        "llhttp takes a space behind the codings of Transfer-Encoding, but no tab; neither is part of them (RFC 9112 §5.1)"
    case connectTarget =
        "llhttp refuses some targets of CONNECT that are no host with a port; whoever answers ours refuses all of them"
    case trailers =
        "llhttp takes trailers for fields of the head, refuses Content-Length and closes by Connection; ours throws them away (RFC 9110 §6.5.1)"

    /// NIO takes it as we do, and then nothing that follows.
    case tunnel = "after a CONNECT llhttp stops, as for another protocol, whether it is answered with a tunnel or not"
    case upgrade =
        "after a request with Connection: upgrade and Upgrade llhttp stops, whether the upgrade is made or not"
    case close = "after a request that closes the connection llhttp fails; who answers it closes it"
    case proxyConnection =
        "llhttp takes Proxy-Connection for Connection; it is no field of HTTP's (RFC 9112, appendix C.2.2)"

    /// NIO takes it otherwise.
    case tabBehindOption =
        "llhttp does not know an option of Connection with a tab behind it; the tab is no part of it (RFC 9110 §5.6.1)"

    case closeOfOldClient =
        "llhttp passes over an HTTP/1.0 client's close beside its keep-alive; close is looked at first (RFC 9112 §9.3)"

    /// NIO leaves spaces and tabs behind a value where they are several; they are no part of it (RFC 9112 §5.1).
    static func withoutSpaceBehind(_ value: String) -> String {
        var value = value[...]
        while let last = value.utf8.last, last == 0x20 || last == 0x09 { value = value.dropLast() }
        return String(value)
    }

    /// NIO spells a method otherwise than a client does.
    static func name(of method: HTTPMethod) -> String { method == .MSEARCH ? "M-SEARCH" : method.rawValue }

    /// Whether llhttp has the method in its list.
    static func hasMethod(_ name: String) -> Bool {
        if case .RAW = HTTPMethod(rawValue: name) { return name == "M-SEARCH" }
        return name != "MSEARCH"
    }
}
