import Halley
import HalleyHub
import NIOConcurrencyHelpers
import NIOCore

/// A publication as bytes, once for each format.
enum Encoding {
    static let all = PublicationFormat.all.map { format in
        Scenario(name: "encode \(format.name)", unit: "publication") {
            let bench = try Bench()
            let publication = try Self.publication(bench)
            return { units in
                for _ in 0..<units {
                    var buffer = ByteBuffer()
                    format.format.encode(publication, id: publication.id, into: &buffer)
                }
            }
        }
    }

    private static func publication(_ bench: Bench) throws -> Publication {
        let found = NIOLockedValueBox<Publication?>(nil)
        bench.publish()
        bench.engine.history(HistoryQuery([HistoryQuery.Interest(bench.topic, .earliest)])) { page in
            found.withLockedValue { $0 = try? page.get().publications.first }
        }
        guard let publication = found.withLockedValue({ $0 }) else {
            throw EngineError(.unavailable, "nothing is held")
        }
        return publication
    }
}
