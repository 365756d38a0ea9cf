import HalleyHub
import NIOCore

@testable import Halley

extension Publication {
    /// With the numbers of the example in `docs/protocol.md` §2.
    static func make(
        _ content: Content, topics: [String] = ["news"], event: String = "message", sequence: UInt64 = 128
    ) throws -> Publication {
        let draft = try PublicationDraft(
            topics: topics.map { try Topic($0) }, event: EventName(event), content: content)
        return Publication(sequence: sequence, epoch: ServerContext.epoch, time: 1_767_225_600_000, draft: draft)
    }
}

extension Cursor {
    static func make(_ sequence: UInt64) -> Cursor { Cursor(epoch: ServerContext.epoch, sequence: sequence) }
}
