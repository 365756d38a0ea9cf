/// What was agreed on compression (RFC 7692 §7.1).
package struct WebSocketDeflate: Sendable, Equatable {
    /// How far back our messages refer: 9 to 15.
    package var serverWindow: Int
    /// How far back the peer's messages refer: 8 to 15.
    package var clientWindow: Int
    package var serverKeepsContext: Bool
    package var clientKeepsContext: Bool
    /// The value of `Sec-WebSocket-Extensions` that says so.
    package var answer: String

    /// What the server wants.
    package struct Policy: Sendable {
        /// The window of our messages where the peer allows it.
        package var window = 12
        /// Whether contexts may be kept where the peer asks for it: that costs a window of memory for each connection.
        package var mayKeepContext = false

        package init(window: Int = 12, mayKeepContext: Bool = false) {
            self.window = window
            self.mayKeepContext = mayKeepContext
        }
    }

    /// Takes the first offer that can be met; `nil` where there is none.
    /// - Parameter header: the values of `Sec-WebSocket-Extensions`.
    package init?(offers header: [String], policy: Policy) {
        self.init(offers: WebSocketExtension.parse(header), policy: policy)
    }

    /// Takes the first offer that can be met; `nil` where there is none.
    package init?(offers: [WebSocketExtension], policy: Policy) {
        for offer in offers where offer.name == "permessage-deflate" {
            if let agreed = Self.agree(offer, policy) {
                self = agreed
                return
            }
        }
        return nil
    }

    private init(_ policy: Policy) {
        self.serverWindow = policy.window
        self.clientWindow = 15
        self.serverKeepsContext = policy.mayKeepContext
        self.clientKeepsContext = policy.mayKeepContext
        self.answer = ""
    }

    /// A parameter that is unknown, doubled or out of range declines the offer (§7.1).
    private static func agree(_ offer: WebSocketExtension, _ policy: Policy) -> WebSocketDeflate? {
        var agreed = WebSocketDeflate(policy)
        var answers = ["permessage-deflate"]
        if Set(offer.parameters.map(\.name)).count != offer.parameters.count { return nil }
        for (name, value) in offer.parameters {
            switch name {
            case "server_no_context_takeover" where value == nil: agreed.serverKeepsContext = false
            case "client_no_context_takeover" where value == nil: agreed.clientKeepsContext = false
            case "server_max_window_bits":
                // zlib can't do 8.
                guard let bits = value.flatMap(Self.bits), bits >= 9 else { return nil }
                agreed.serverWindow = min(bits, policy.window)
                answers.append("server_max_window_bits=\(agreed.serverWindow)")
            case "client_max_window_bits":
                if let value {
                    guard let bits = Self.bits(value) else { return nil }
                    agreed.clientWindow = bits
                }
                answers.append("client_max_window_bits=\(agreed.clientWindow)")
            default: return nil
            }
        }
        if !agreed.serverKeepsContext { answers.append("server_no_context_takeover") }
        if !agreed.clientKeepsContext { answers.append("client_no_context_takeover") }
        agreed.answer = answers.joined(separator: "; ")
        return agreed
    }

    /// 8 to 15, without leading zeros.
    private static func bits(_ text: String) -> Int? {
        guard let bits = Int(text), (8...15).contains(bits), String(bits) == text else { return nil }
        return bits
    }
}
