import HTTPTypes
import Hummingbird
import Logging
import Metrics
import NIOCore

/// What the admin listener answers besides the probes: one entry of the table each.
struct AdminRoutes: Sendable {
  /// Where the cache of a loop is found; nil while it is off.
  typealias Cache = @Sendable (any EventLoop) -> (any CachePurging)?

  let cache: Cache
  /// Nil where nothing is counted.
  let metrics: MetricsPage?
  let history: RequestHistory
  private let purges = Counter(label: "tributary_purges_total", dimensions: [("origin", "admin")])

  init(cache: @escaping Cache, metrics: MetricsPage? = nil, history: RequestHistory) {
    self.cache = cache
    self.metrics = metrics
    self.history = history
  }

  var routes: [RouteTable.Route] {
    (metrics.map { [$0.route] } ?? []) + [
      RouteTable.Route(path: "/admin/cache/purge", methods: [.post, .options], for: .purgeCache) { request, context in
        try await purge(request, context)
      },
      RequestsRoute(history: history).route,
    ]
  }

  private func purge(_ request: Request, _ context: GatewayContext) async throws -> Response {
    guard Self.isJSON(request.headers[.contentType]) else { throw Problem.notJSON }
    // The connection has it whole, and has held it to its limit.
    let body = try await request.body.collect(upTo: .max)
    let wanted: PurgeRequest
    do { wanted = try PurgeRequest(json: Array(body.readableBytesView)) } catch let fault as PurgeRequest.Fault {
      throw Problem.badRequest(fault.sentence)
    }
    guard let cache = cache(context.eventLoop) else { throw Problem.cacheOff }
    purges.increment()
    let report = await cache.purge(tags: wanted.tags, isHard: wanted.isHard)
    context.logger.notice(
      "Cache purged",
      metadata: [
        "request.id": "\(context.requestID)", "purge.mode": "\(wanted.mode)", "purge.tags": "\(wanted.tags.count)",
        "purge.entries": "\(report.entries)", "purge.spread": "\(report.spread)",
      ])
    return Response(
      status: .ok, headers: [.contentType: "application/json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: report.json(for: wanted))))
  }

  /// No other type will do: it is what keeps a form of a foreign page out (the Fetch standard, §4.1).
  private static func isJSON(_ contentType: String?) -> Bool {
    let type = (contentType ?? "").prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }
    return type.lowercased() == "application/json"
  }
}

extension Problem {
  static let cacheOff = Problem(
    status: .conflict, detail: "The cache of this gateway is off: there is nothing to purge, here or in other replicas.")
  static let notJSON = Problem(
    status: .unsupportedMediaType, detail: "The body must be JSON, and its Content-Type application/json.",
    headers: [.accept: "application/json"])
}
