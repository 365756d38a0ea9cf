/// Why a connection ended: one list for all transports.
public struct CloseReason: Sendable, Hashable, CustomStringConvertible {
    public let code: Int
    public let text: String
    /// Whether the client should come back with its cursor.
    public let mayReturn: Bool
    /// The code of a WebSocket close frame (RFC 6455 §7.4).
    public let webSocketCode: UInt16

    private init(_ code: Int, _ text: String, mayReturn: Bool = true, webSocket: UInt16? = nil) {
        self.code = code
        self.text = text
        self.mayReturn = mayReturn
        self.webSocketCode = webSocket ?? UInt16(code)
    }

    public var description: String { "\(self.code) \(self.text)" }

    public static let clientClosed = CloseReason(4000, "client closed", webSocket: 1000)
    public static let draining = CloseReason(4001, "server draining", webSocket: 1001)
    public static let slowReader = CloseReason(4002, "slow reader")
    public static let peerSilent = CloseReason(4003, "peer silent")
    public static let stalled = CloseReason(4004, "stalled")
    public static let overloaded = CloseReason(4005, "overloaded", webSocket: 1013)
    public static let idle = CloseReason(4006, "idle", webSocket: 1000)
    public static let headTimeout = CloseReason(4007, "head timeout")
    public static let bodyTimeout = CloseReason(4008, "body timeout")
    public static let protocolError = CloseReason(4009, "protocol error", mayReturn: false, webSocket: 1002)
    public static let messageTooBig = CloseReason(4010, "message too big", mayReturn: false, webSocket: 1009)
    public static let connectionLost = CloseReason(4011, "connection lost")
    public static let notAllowed = CloseReason(4012, "not allowed", mayReturn: false, webSocket: 1008)
    public static let responseComplete = CloseReason(4013, "response complete", webSocket: 1000)
    public static let internalError = CloseReason(4014, "internal error", webSocket: 1011)

    public static let tooManyCommands = CloseReason(4015, "too many commands", webSocket: 1008)
    public static let credentialExpired = CloseReason(4016, "credential expired")

    public static let all: [CloseReason] = [
        clientClosed, draining, slowReader, peerSilent, stalled, overloaded, idle, headTimeout, bodyTimeout,
        protocolError, messageTooBig, connectionLost, notAllowed, responseComplete, internalError, tooManyCommands,
        credentialExpired,
    ]
}
