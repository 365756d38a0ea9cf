import HalleyHub
import HalleyWire
import NIOCore
import NIOHTTP1

struct PublishRequest: Sendable {
    var all: [PublicationDraft]
    /// It came as a list, so the answer is one.
    var isBatch: Bool
}

/// What the head of a request says of what is to be published.
enum PublishTarget: Sendable {
    case one(topics: [Topic], event: EventName)
    /// A list, in which each says it for itself.
    case batch
}

/// Reads what is to be published out of a request (`docs/protocol.md` §4).
enum PublishRequestReader {
    static let maximumBatch = 1000

    static func target(of head: RequestHead) throws(RequestError) -> PublishTarget {
        if head.target.values("topic").isEmpty, ContentReader.isJSON(head.mediaType) { return .batch }
        let topics = try SubscribeParameters.topics(head.target)
        return .one(topics: topics, event: try self.event(head.target.value("event")))
    }

    static func read(_ request: Request, _ target: PublishTarget) throws(RequestError) -> PublishRequest {
        switch target {
        case .batch: PublishRequest(all: try self.batch(request.body), isBatch: true)
        case .one(let topics, let event):
            PublishRequest(
                all: [try self.draft(topics, event, try ContentReader.content(of: request))], isBatch: false)
        }
    }

    private static func event(_ name: String?) throws(RequestError) -> EventName {
        do { return try EventName(name ?? "") } catch { throw RequestError(error) }
    }

    private static func draft(
        _ topics: [Topic], _ event: EventName, _ content: Content
    ) throws(RequestError) -> PublicationDraft {
        do { return try PublicationDraft(topics: topics, event: event, content: content) } catch {
            throw RequestError(error)
        }
    }

    // MARK: - Batches

    private static func batch(_ body: ByteBuffer) throws(RequestError) -> [PublicationDraft] {
        let root: JSONReader.Value
        // The data of an entry may be as deep as elsewhere.
        do { root = try JSONReader.parse(body, maximumDepth: JSONReader.envelopeDepth) } catch {
            throw RequestError(ContentError.json(error))
        }
        guard let entries = root.object?["publications"]?.array else {
            throw RequestError(
                .badRequest, "batch_invalid",
                "Without “?topic=…” a JSON body must be {\"publications\":[{\"topic\":…,\"data\":…},…]}.")
        }
        guard (1...self.maximumBatch).contains(entries.count) else {
            throw RequestError(
                .badRequest, "batch_invalid",
                "A batch has 1 to \(self.maximumBatch) publications, not \(entries.count).")
        }
        var drafts: [PublicationDraft] = []
        for (index, entry) in entries.enumerated() {
            do { drafts.append(try self.draft(of: entry)) } catch {
                throw RequestError(error.status, error.code, "Publication \(index) of the batch: \(error.message)")
            }
        }
        return drafts
    }

    static func draft(of entry: JSONReader.Value) throws(RequestError) -> PublicationDraft {
        guard let members = entry.object else { throw self.invalid("it must be an object.") }
        let names = try self.names(members)
        var topics: [Topic] = []
        for name in names {
            topics.append(try .requested(name))
        }
        let event = try self.string(members, "event")
        return try self.draft(topics, self.event(event), try ContentReader.content(of: members))
    }

    /// Those of `topic` and of `topics`.
    private static func names(_ members: [String: JSONReader.Value]) throws(RequestError) -> [String] {
        var names: [String] = []
        if let name = try self.string(members, "topic") { names.append(name) }
        guard let member = members.member("topics") else { return names }
        guard let list = member.array else { throw self.invalid("“topics” must be a list of strings.") }
        // Before any work is done for them; a few may be there twice.
        if list.count > SubscribeParameters.maximumTopics { throw RequestError(DraftError.tooManyTopics(list.count)) }
        for value in list {
            guard let name = value.string else { throw self.invalid("“topics” must be a list of strings.") }
            names.append(name)
        }
        return names
    }

    static func string(_ members: [String: JSONReader.Value], _ name: String) throws(RequestError) -> String? {
        guard let value = members.member(name) else { return nil }
        guard let text = value.string else { throw self.invalid("“\(name)” must be a string.") }
        return text
    }

    static func invalid(_ message: String) -> RequestError { RequestError(.badRequest, "batch_invalid", message) }
}

/// Tells JSON, text and binary apart.
enum ContentReader {
    /// The body in its own content type.
    static func content(of request: Request) throws(RequestError) -> Content {
        if let content = try self.plain(request) { return content }
        guard let type = request.head.mediaType, !type.isEmpty else {
            return (try? Content.text(request.body)) ?? Content.binary(request.body)
        }
        guard self.isMediaType(type) else {
            throw RequestError(.badRequest, "bad_request", "Content-Type must be like text/plain, not “\(type)”.")
        }
        do {
            guard self.isJSON(type) || self.isText(type) else { return Content.binary(request.body, type: type) }
            try self.checkCharset(request.head.header("content-type") ?? "")
            if self.isJSON(type) { return try Content.json(request.body, type: type) }
            return try Content.text(request.body, type: type == Self.form ? nil : type)
        } catch let error as RequestError {
            throw error
        } catch let error as ContentError {
            throw RequestError(error)
        } catch {
            throw .internalError
        }
    }

    /// What most say of their bodies, without a parameter that would have to be looked at.
    private static func plain(_ request: Request) throws(RequestError) -> Content? {
        do throws(ContentError) {
            switch request.head.header("content-type") {
            case "text/plain": return try Content.text(request.body)
            case "application/json": return try Content.json(request.body)
            default: return nil
            }
        } catch {
            throw RequestError(error)
        }
    }

    /// An entry of a batch: the value itself, as in an envelope.
    static func content(of members: [String: JSONReader.Value]) throws(RequestError) -> Content {
        guard let data = members["data"] else { throw PublishRequestReader.invalid("“data” is missing.") }
        let type = try PublishRequestReader.string(members, "type")?.lowercased()
        if let type, !self.isMediaType(type) { throw PublishRequestReader.invalid("“type” must be like image/png.") }
        if let encoding = try PublishRequestReader.string(members, "encoding") {
            guard encoding == "base64", let bytes = data.string.flatMap(Base64.decode) else {
                throw PublishRequestReader.invalid("with “encoding” it must be base64 in a string.")
            }
            return Content.binary(ByteBuffer(bytes: bytes), type: type)
        }
        do {
            guard let text = data.string, !self.isJSON(type) else { return try Content.json(data.text, type: type) }
            return Content.text(text, type: type)
        } catch {
            throw RequestError(error)
        }
    }

    /// RFC 9110 §8.3.1, at most 127 characters: it comes back in headers.
    private static func isMediaType(_ type: String) -> Bool {
        guard type.utf8.count <= 127, let slash = type.utf8.firstIndex(of: UInt8(ascii: "/")) else { return false }
        let (name, subtype) = (type.utf8[..<slash], type.utf8[slash...].dropFirst())
        return !name.isEmpty && !subtype.isEmpty && name.allSatisfy(self.isToken) && subtype.allSatisfy(self.isToken)
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    static func isJSON(_ type: String?) -> Bool {
        type.map { $0 == "application/json" || $0.hasSuffix("+json") } ?? false
    }

    static let form = "application/x-www-form-urlencoded"

    private static func isText(_ type: String) -> Bool {
        type.hasPrefix("text/") || type.hasSuffix("+xml")
            || ["application/xml", "application/javascript", Self.form].contains(type)
    }

    static func checkCharset(_ type: String) throws(RequestError) {
        if !type.utf8.contains(UInt8(ascii: ";")) { return }
        for parameter in type.split(separator: ";").dropFirst() {
            let parts = parameter.split(separator: "=", maxSplits: 1).map { FieldList.trim($0).lowercased() }
            guard parts.count == 2, parts[0] == "charset" else { continue }
            let charset = parts[1].filter { $0 != "\"" }
            if !["utf-8", "utf8", "us-ascii"].contains(charset) {
                throw RequestError(
                    .unsupportedMediaType, "charset_unsupported", "Text must be UTF-8, not \(charset).")
            }
        }
    }
}
