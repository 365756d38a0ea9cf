import HalleyWire
import NIOCore
import NIOHTTP1

/// Reads query items out of a body: a form with the same names, or a JSON object with them as members.
enum PostedItems {
    typealias Item = RequestTarget.Item

    enum Form {
        case urlEncoded, json
        /// Without a type there can be no body.
        case none

        init(_ head: RequestHead) throws(RequestError) {
            switch head.mediaType {
            case nil, "":
                if head.announcesBody { throw PostedItems.unsupported("and Content-Type must say which") }
                self = .none
            case ContentReader.form: self = .urlEncoded
            case "application/json": self = .json
            case let type?: throw PostedItems.unsupported("not \(type)")
            }
            try ContentReader.checkCharset(head.header("content-type") ?? "")
        }
    }

    static func read(_ body: ByteBuffer, as form: Form) throws(RequestError) -> [Item] {
        if body.readableBytes == 0 { return [] }
        switch form {
        case .none: throw self.unsupported("and Content-Type must say which")
        case .urlEncoded:
            guard UTF8Validator.isValid(body.readableBytesView) else {
                throw RequestError(.badRequest, "text_invalid", "The form is not valid UTF-8.")
            }
            return RequestTarget.items(ofForm: body)
        case .json: return try self.object(body)
        }
    }

    fileprivate static func unsupported(_ what: String) -> RequestError {
        RequestError(
            .unsupportedMediaType, "content_type_unsupported",
            "Here a body has query items: it must be \(ContentReader.form) or application/json, \(what).",
            headers: [("Accept", "\(ContentReader.form), application/json")])
    }

    // MARK: - JSON

    private static func object(_ body: ByteBuffer) throws(RequestError) -> [Item] {
        let root: JSONReader.Value
        do { root = try JSONReader.parse(body) } catch {
            throw RequestError(.badRequest, "json_invalid", "The body is not valid JSON: \(error).")
        }
        guard let members = root.object else {
            throw RequestError(
                .badRequest, "json_invalid", "The body must be an object: {\"topics\":[\"news\"],\"cursor\":\"…\"}.")
        }
        var items: [Item] = []
        // In some order that is always the same.
        for name in members.keys.sorted() {
            guard let value = members.member(name) else { continue }
            switch name {
            case "topic", "topics": items += try self.texts(name, value).map { Item(name: "topic", value: $0) }
            case "cursor": items += try self.cursors(value).map { Item(name: name, value: $0) }
            default: items.append(Item(name: name, value: try self.scalar(name, value)))
            }
        }
        return items
    }

    /// A string or a list of strings.
    private static func texts(_ name: String, _ value: JSONReader.Value) throws(RequestError) -> [String] {
        if let text = value.string { return [text] }
        var texts: [String] = []
        for element in value.array ?? [value] {
            guard let text = element.string else { throw .badParameter(name, "must be a string or a list of strings.") }
            texts.append(text)
        }
        return texts
    }

    /// In a list `null` keeps the place of a topic without one.
    private static func cursors(_ value: JSONReader.Value) throws(RequestError) -> [String] {
        guard let list = value.array else { return try self.texts("cursor", value) }
        var cursors: [String] = []
        for element in list { cursors += element.isNull ? [""] : try self.texts("cursor", element) }
        return cursors
    }

    private static func scalar(_ name: String, _ value: JSONReader.Value) throws(RequestError) -> String {
        if let text = value.string { return text }
        guard value.object == nil, value.array == nil else {
            throw .badParameter(name, "must be a string, a number, true or false.")
        }
        let text = String(buffer: value.text)
        return text == "true" ? "1" : text == "false" ? "0" : text
    }
}

extension RequestHead {
    /// So that it can be refused before it is sent.
    fileprivate var announcesBody: Bool {
        self.header("transfer-encoding") != nil || self.header("content-length").map { $0 != "0" } ?? false
    }
}
