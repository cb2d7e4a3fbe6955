import Aggregation
import Clients

/// What each document comes to for each set of upstreams that answer and each state of the cache. An upstream that does not answer
/// refuses connections.
package struct Matrix: Sendable {
  /// More than so many upstreams make no matrix that anybody reads: 2⁶ lines a document and cache state.
  package static let limit = 6

  /// Too many upstreams.
  package struct TooLarge: Error, CustomStringConvertible {
    package let description: String
  }

  package let rows: [MatrixRow]

  /// Documents one after the other; in each, from all upstreams to none; for each set, the cache states.
  package init(of settings: SimulatedSettings, caches: [SimulatedCache] = SimulatedCache.usual) async throws {
    rows = try await SimulatedGateway.with(settings) { gateway in
      var rows: [MatrixRow] = []
      for document in SimulatedDocument.allCases {
        let upstreams = settings.upstreams(of: document)
        guard upstreams.count <= Self.limit else {
          throw TooLarge(
            description:
              "\(document.rawValue) is made from \(upstreams.count) upstreams: a matrix is made of \(Self.limit) at most")
        }
        for missing in 0..<(1 << upstreams.count) {
          for cache in caches {
            rows.append(try await Self.row(document, upstreams, missing: missing, cache, gateway))
          }
        }
      }
      return rows
    }
  }

  /// - Parameter missing: a bit for each upstream; the first has the highest.
  private static func row(
    _ document: SimulatedDocument, _ upstreams: [String], missing: Int, _ cache: SimulatedCache, _ gateway: SimulatedGateway
  ) async throws -> MatrixRow {
    let failed = upstreams.indices.filter { missing >> (upstreams.count - 1 - $0) & 1 == 1 }.map { upstreams[$0] }
    var scenario = Scenario(document)
    scenario.cache = cache
    for name in failed { scenario.failures[name] = .refused }
    return MatrixRow(
      try await gateway.answer(to: scenario),
      at: MatrixRow.Place(document, available: Set(upstreams).subtracting(failed), cache: cache), of: upstreams)
  }
}

extension SimulatedSettings {
  /// The upstreams that deliver a section of the document, in the order of the configuration.
  package func upstreams(of document: SimulatedDocument) -> [String] {
    let wanted = Set(sections.filter { document.has($0.name) }.map(\.upstream))
    return upstreams.map(\.name).filter(wanted.contains)
  }
}
