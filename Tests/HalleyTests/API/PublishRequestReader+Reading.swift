@testable import Halley

extension PublishRequestReader {
    static func read(_ request: Request) throws -> PublishRequest {
        try self.read(request, try self.target(of: request.head))
    }
}
