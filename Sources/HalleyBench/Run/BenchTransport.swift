/// How the subscribers get their publications.
package enum BenchTransport: String, CaseIterable, Sendable {
    case ws
    case sse
    case stream
    case longpoll
}
