import Crypto
import HalleyHub
import HalleyWire
import NIOCore

/// A client's id, and the secret that proves it: whoever is shown a list of who is there must not be able to come in
/// another's name.
final class ClientCredentials: Sendable {
    let id: ClientID
    let secret: String

    init(id: ClientID, secret: String) {
        self.id = id
        self.secret = secret
    }
}

/// Issues credentials and knows its own again, without keeping them. They hold as long as the process lives.
struct ClientRegistry: Sendable {
    private let key = SymmetricKey(size: .bits256)

    func issue() -> ClientCredentials { self.credentials(of: .random()) }

    /// What a request shows, by the query items `client` and `secret`.
    enum Claim {
        case none
        /// It asks for an id, or showed one that is not this process's: it gets a new one.
        case issued(ClientCredentials)
        case proven(ClientID)
    }

    func claim(of target: RequestTarget) throws(RequestError) -> Claim {
        guard let client = try target.value("client") else { return .none }
        guard let id = ClientID(client), let secret = try target.value("secret"), self.isValid(secret, of: id) else {
            return .issued(self.issue())
        }
        return .proven(id)
    }

    func credentials(of id: ClientID) -> ClientCredentials {
        let code = HMAC<SHA256>.authenticationCode(for: Array(id.description.utf8), using: self.key)
        return ClientCredentials(id: id, secret: Base64.encode(Array(code.prefix(18))).urlSafe)
    }

    private func isValid(_ secret: String, of id: ClientID) -> Bool {
        let own = Array(self.credentials(of: id).secret.utf8)
        let given = Array(secret.utf8)
        guard own.count == given.count else { return false }
        // Takes as long whichever bytes differ.
        return zip(own, given).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension String {
    /// Base64 that needs no escape in an address (RFC 4648 §5).
    fileprivate var urlSafe: String {
        String(self.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }
}

extension ByteBuffer {
    /// The members `"client":"…","secret":"…"`.
    mutating func writeCredentials(_ credentials: ClientCredentials) {
        self.writeString(#""client":"\#(credentials.id)","secret":"\#(credentials.secret)""#)
    }
}
