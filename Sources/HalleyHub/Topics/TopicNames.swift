/// Topics sorted by name, so that a page of them costs what it returns, however many there are.
///
/// They lie in chunks: to add or remove one moves no more than a chunk.
struct TopicNames {
    static let maximumChunk = 256

    /// None is empty, unless it is the only one: where topics come and go one at a time, they share its memory.
    private var chunks: [[Topic]] = [[]]

    var isEmpty: Bool { self.chunks[0].isEmpty }

    /// A topic that is not there.
    mutating func insert(_ topic: Topic) {
        if self.isEmpty { return self.chunks[0].append(topic) }
        let chunk = self.chunk(for: topic.name)
        let index = Self.firstIndex(notBefore: topic.name, in: self.chunks[chunk])
        if index == self.chunks[chunk].count {
            self.chunks[chunk].append(topic)
        } else {
            self.chunks[chunk].insert(topic, at: index)
        }
        if self.chunks[chunk].count > Self.maximumChunk { self.split(chunk) }
    }

    /// A topic that is there.
    mutating func remove(_ topic: Topic) {
        // The only one needs no search.
        if self.chunks.count == 1, self.chunks[0].count == 1 {
            self.chunks[0].removeLast()
            return
        }
        let chunk = self.chunk(for: topic.name)
        let index = Self.firstIndex(notBefore: topic.name, in: self.chunks[chunk])
        precondition(
            index < self.chunks[chunk].count && self.chunks[chunk][index] == topic, "a topic that is not there")
        self.chunks[chunk].remove(at: index)
        if self.chunks.count > 1 { self.join(chunk) }
    }

    func page(_ query: TopicQuery) -> [Topic] {
        var page: [Topic] = []
        let isBehind = query.after.precedesByBytes(query.prefix)
        let first = isBehind ? query.prefix : query.after
        var chunk = self.chunk(for: first)
        var index = Self.firstIndex(notBefore: first, in: self.chunks[chunk])
        while chunk < self.chunks.count, page.count < query.limit {
            if index == self.chunks[chunk].count {
                (chunk, index) = (chunk + 1, 0)
                continue
            }
            let topic = self.chunks[chunk][index]
            index += 1
            // Only the first can be that one.
            if !query.after.precedesByBytes(topic.name) { continue }
            if !topic.name.beginsWithBytes(of: query.prefix) { break }
            page.append(topic)
        }
        return page
    }

    // MARK: - Chunks

    /// The last one that does not begin behind the name, else the first.
    private func chunk(for name: String) -> Int {
        var low = 0
        var high = self.chunks.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if name.precedesByBytes(self.chunks[middle][0].name) { high = middle } else { low = middle }
        }
        return low
    }

    private static func firstIndex(notBefore name: String, in chunk: [Topic]) -> Int {
        var low = 0
        var high = chunk.count
        while low < high {
            let middle = (low + high) / 2
            if chunk[middle].name.precedesByBytes(name) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func split(_ chunk: Int) {
        let half = self.chunks[chunk].count / 2
        let upper = Array(self.chunks[chunk][half...])
        self.chunks[chunk].removeSubrange(half...)
        self.chunks.insert(upper, at: chunk + 1)
    }

    /// Takes the next chunk in where both together are small.
    private mutating func join(_ chunk: Int) {
        if self.chunks[chunk].isEmpty {
            self.chunks.remove(at: chunk)
        } else if chunk + 1 < self.chunks.count,
            self.chunks[chunk].count + self.chunks[chunk + 1].count <= Self.maximumChunk / 2
        {
            let next = self.chunks.remove(at: chunk + 1)
            self.chunks[chunk] += next
        }
    }
}
