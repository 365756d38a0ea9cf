import HalleyBench
import Testing

@Suite("Addresses and requests")
struct RequestTests {
    @Test("An address is taken apart")
    func readsAddresses() throws {
        let address = try Address("ws://127.0.0.1:81/a?b=c")
        #expect(address.isWebSocket && address.host == "127.0.0.1" && address.port == 81 && address.path == "/a?b=c")
        let bare = try Address("http://localhost")
        #expect(!bare.isWebSocket && bare.port == 80 && bare.path == "/")
        #expect(try Address("http://localhost?a").path == "/?a")
    }

    @Test(
        "What is no address is refused",
        arguments: ["", "localhost:80", "https://a", "http://", "http://a:0", "http://a:b", "http://a:1:2"])
    func refusesAddresses(text: String) {
        #expect(throws: BenchError.self) { try Address(text) }
    }

    @Test("A cursor goes where the transport has it")
    func placesCursors() throws {
        let server = try Address("http://h:1")
        func head(_ transport: BenchTransport) -> String {
            var request = SubscribeRequest(server: server, topic: "t", transport: transport)
            request.cursor = "c-1"
            return String(decoding: request.bytes, as: UTF8.self)
        }
        #expect(head(.ws).hasPrefix("GET /ws?topic=t&format=raw&cursor=c-1 HTTP/1.1\r\nHost: h:1\r\n"))
        #expect(head(.stream).hasPrefix("GET /stream?topic=t&cursor=c-1 "))
        #expect(head(.longpoll).hasPrefix("GET /longpoll?topic=t&timeout=60&cursor=c-1 "))
        #expect(head(.sse).hasPrefix("GET /sse?topic=t ") && head(.sse).contains("\r\nLast-Event-ID: c-1\r\n"))
    }

    @Test("Several publications are one batch for Halley, and a request each for others")
    func publishes() throws {
        let halley = PublishRequest(server: try Address("http://h:1"), topic: "t", key: "k")
        let payloads = [Array("a".utf8), Array("b".utf8)]
        let batch = String(decoding: halley.bytes(payloads), as: UTF8.self)
        let body = #"{"publications":[{"topic":"t","data":"a"},{"topic":"t","data":"b"}]}"#
        #expect(batch.hasSuffix("Authorization: Bearer k\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"))
        let other = PublishRequest(foreign: try Address("http://h:1/pub"))
        let posts = String(decoding: other.bytes(payloads), as: UTF8.self)
        #expect(posts.split(separator: "POST /pub HTTP/1.1\r\n").count == 2)
    }

    @Test("A client's frames carry a mask and the right length")
    func frames() {
        #expect(ClientFrame.pong([7]) == [0x8a, 0x81, 0, 0, 0, 0, 7])
        #expect(ClientFrame.text(Array(repeating: 1, count: 126)).prefix(8) == [0x81, 0xfe, 0, 126, 0, 0, 0, 0])
        #expect(ClientFrame.text(Array(repeating: 1, count: 65536)).prefix(10) == [0x81, 0xff, 0, 0, 0, 0, 0, 1, 0, 0])
    }

    @Test("The last whole value is found, however the text was split")
    func findsValues() {
        var whole = ValueFinder(after: "id: ", until: 10)
        #expect(whole.find("id: 1\ndata\n\nid: 2\nid: 3".utf8) == "2")
        #expect(whole.find("4\n".utf8) == "34")
        var bytewise = ValueFinder(after: "id: ", until: 10)
        #expect("x\nid: abc\n".utf8.compactMap { bytewise.find([$0]) } == ["abc"])
    }
}
