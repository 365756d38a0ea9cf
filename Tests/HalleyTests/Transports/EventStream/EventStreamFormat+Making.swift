@testable import Halley

extension EventStreamFormat {
    static func make(isEnvelope: Bool, isChunked: Bool) -> EventStreamFormat {
        EventStreamFormat(isEnvelope: isEnvelope, framing: BodyFraming(isChunked: isChunked))
    }
}
