import NIOCore
import NIOHTTP1

@testable import Halley

/// Sends the body back, part by part, as it is taken.
struct EchoResponder: Responder {
    func open(_ head: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        .stream(limit: .max) {
            .streams(ResponseHead(headers: [("Content-Type", "application/octet-stream")]), from: $0)
        }
    }
}

/// Answers some milliseconds after the whole body has come.
struct LateResponder: Responder {
    static let delay = TimeAmount.milliseconds(5)

    func open(_ head: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        .collect(limit: 1 << 20) { _ in
            let answer = loop.eventLoop.scheduleTask(in: Self.delay) { Response(text: "late") }
            return .answer(answer.futureResult)
        }
    }
}

/// Answers with as many bytes as the query says.
struct BigResponder: Responder {
    func open(_ head: RequestHead, in loop: LoopContext) throws(RequestError) -> Admission {
        let size = try head.target.integer("size", in: 0...(64 << 20), default: 0)
        return .answered(.answer(Response(.ok, body: ByteBuffer(repeating: UInt8(ascii: "x"), count: size))))
    }
}

extension ServerContext {
    /// What the tests of the laws ask for besides what every server has.
    func addFrontResponders() {
        self.responders.add(EchoResponder(), at: "/echo", methods: [.POST, .PUT, .DELETE])
        self.responders.add(LateResponder(), at: "/late", methods: [.GET, .POST])
        self.responders.add(BigResponder(), at: "/big", methods: [.GET])
    }
}
