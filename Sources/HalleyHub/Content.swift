public import HalleyWire
public import NIOCore

/// The data of a publication and what it is.
public struct Content: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// Valid JSON on one line, at most 64 deep.
        case json
        /// Valid UTF-8.
        case text
        case binary
    }

    public let kind: Kind
    /// The content type where it is not the obvious one for the kind.
    public let type: String?
    public let data: ByteBuffer

    private init(kind: Kind, type: String?, data: ByteBuffer) {
        self.kind = kind
        self.type = type
        self.data = Self.owned(data)
    }

    /// What came over a connection is a part of what was read at once, and would keep all of it: the log holds many times what
    /// its budgets say.
    private static func owned(_ data: ByteBuffer) -> ByteBuffer {
        data.storageCapacity <= 2 * data.readableBytes + 64 ? data : ByteBuffer(buffer: data)
    }

    public static func text(_ string: String, type: String? = nil) -> Content {
        Content(kind: .text, type: type == "text/plain" ? nil : type, data: ByteBuffer(string: string))
    }

    /// - Throws: ``ContentError/notUTF8``.
    public static func text(_ data: ByteBuffer, type: String? = nil) throws(ContentError) -> Content {
        guard UTF8Validator.isValid(data.readableBytesView) else { throw .notUTF8 }
        return Content(kind: .text, type: type == "text/plain" ? nil : type, data: data)
    }

    public static func binary(_ data: ByteBuffer, type: String? = nil) -> Content {
        Content(kind: .binary, type: type == "application/octet-stream" ? nil : type, data: data)
    }

    /// - Parameter type: kept where it is not `application/json`.
    /// - Throws: ``ContentError/json(_:)`` where the data is not one JSON value of at most 64 levels.
    public static func json(_ data: ByteBuffer, type: String? = nil) throws(ContentError) -> Content {
        do {
            let line = try JSONLine.validated(data)
            let isString = line.getInteger(at: line.readerIndex, as: UInt8.self) == UInt8(ascii: "\"")
            // A string's obvious type is text, so a JSON string must say what it is.
            let shown = type ?? "application/json"
            return Content(kind: .json, type: shown == "application/json" && !isString ? nil : shown, data: line)
        } catch {
            throw .json(error)
        }
    }

    /// - Throws: ``ContentError/json(_:)``.
    public static func json(_ string: String) throws(ContentError) -> Content {
        try self.json(ByteBuffer(string: string))
    }
}

/// Why data can't be what its content type says.
public enum ContentError: Error, Equatable, Sendable, CustomStringConvertible {
    case notUTF8
    case json(JSONError)

    public var description: String {
        switch self {
        case .notUTF8: "The text is not valid UTF-8; send other bytes as application/octet-stream."
        case .json(let error): "The data is not valid JSON: \(error)"
        }
    }
}
