/// A listener that could not listen, in words for the operator, who has to know which one.
struct ListenFailure: Error, CustomStringConvertible {
  let description: String

  /// - Parameter scope: the part of the configuration that names the address.
  static func named<Value>(
    _ scope: String, _ host: String, _ port: Int, _ listen: () async throws -> Value
  ) async throws(ListenFailure) -> Value {
    do { return try await listen() } catch {
      throw ListenFailure(description: "Cannot listen on \(host):\(port) (\(scope).host, \(scope).port): \(error)")
    }
  }
}
