import NIOHTTP1

/// Decides about answers that a page loads as a script or a frame: such a request carries no `Origin`, so any page could
/// read them. They are given where every origin may read, or where the browser itself says that the page is ours.
enum ScriptGate {
    static func check(_ request: RequestHead, _ origins: OriginRules) throws(RequestError) {
        if origins.allowsAll || request.header("sec-fetch-site")?.lowercased() == "same-origin" { return }
        throw RequestError(
            .forbidden, "origin_refused",
            "A script or frame is answered only where all origins are allowed (--allow-origin '*') or the browser says "
                + "“Sec-Fetch-Site: same-origin”.")
    }
}
