import HalleyHub

@testable import Halley

extension Principal {
    static func key(from address: String = "192.0.2.1") -> Principal {
        Principal(.key, Credentials(token: "the-key", address: .make(address)))
    }

    static func anonymous(_ token: String? = nil, from address: String = "192.0.2.1") -> Principal {
        Principal(.anonymous, Credentials(token: token, address: .make(address)))
    }

    static func user(
        _ name: String, token: String = "pass", from address: String = "192.0.2.1", grants: [Grant] = [],
        expires: Int64? = nil
    ) -> Principal {
        Principal(
            user: name, showing: Credentials(token: token, address: .make(address)), grants: grants, expires: expires)
    }
}
