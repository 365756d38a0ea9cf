/// The techniques that the client speaks.
public enum ClientTransport: String, Sendable, CaseIterable {
    case sse, ws, longpoll, poll, stream

    var source: any ServerSource.Type {
        switch self {
        case .sse: EventStreamSource.self
        case .ws: WebSocketSource.self
        case .longpoll: LongPollSource.self
        case .poll: PollSource.self
        case .stream: LinesSource.self
        }
    }
}
