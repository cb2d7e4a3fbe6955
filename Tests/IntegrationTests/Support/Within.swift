/// Something that a test waited for did not happen.
struct TookTooLong: Error, CustomStringConvertible {
  let what: String
  let limit: Duration

  var description: String { "\(what) took longer than \(limit)" }
}

/// Bounds every wait: cancels the work at the limit and throws `TookTooLong`.
func within<Value: Sendable>(
  _ limit: Duration, _ what: String, _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await work() }
    // The limit: it passes only where the test fails.
    group.addTask {
      try await Task.sleep(for: limit)
      throw TookTooLong(what: what, limit: limit)
    }
    defer { group.cancelAll() }
    guard let first = try await group.next() else { throw TookTooLong(what: what, limit: limit) }
    return first
  }
}

/// All of them at once; the results in the order of the elements.
func atOnce<Element: Sendable, Value: Sendable>(
  _ elements: [Element], _ work: @escaping @Sendable (Element) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: (Int, Value).self) { group in
    for (index, element) in elements.enumerated() { group.addTask { (index, try await work(element)) } }
    var values: [(Int, Value)] = []
    for try await value in group { values.append(value) }
    return values.sorted { $0.0 < $1.0 }.map(\.1)
  }
}
