import NIOHTTP1

/// One row of a service's route table.
struct Route: Sendable {
  enum Purpose: Sendable { case health, data }

  let method: HTTPMethod
  /// A path, of which the last step may be `{id}`.
  let template: String
  let purpose: Purpose
  /// What the body of a good answer is.
  let shape: Answer.Shape
  /// The second argument is what stands for `{id}`, empty if the template has none.
  let answer: @Sendable (Request, Substring) -> Answer

  private let fixedPart: String

  init(
    _ method: HTTPMethod, _ template: String, purpose: Purpose = .data, shape: Answer.Shape,
    answer: @escaping @Sendable (Request, Substring) -> Answer
  ) {
    self.method = method
    self.template = template
    self.purpose = purpose
    self.shape = shape
    self.answer = answer
    fixedPart = template.hasSuffix("{id}") ? String(template.dropLast(4)) : template
  }

  /// The name of the route in `/_stats`, for example `GET /scrapedAccounts`.
  var label: String { "\(method.rawValue) \(template)" }

  /// What stands for `{id}`; nil if the path is another one.
  func match(_ path: Substring) -> Substring? {
    if fixedPart.utf8.count == template.utf8.count { return path == fixedPart ? "" : nil }
    guard path.hasPrefix(fixedPart) else { return nil }
    let id = path.dropFirst(fixedPart.count)
    return id.isEmpty || id.utf8.contains(UInt8(ascii: "/")) ? nil : id
  }
}

/// One of the four services: what it answers when nothing is broken.
struct Service: Sendable {
  let name: ServiceName
  let framework: Framework
  let routes: [Route]

  /// Where a request goes.
  enum Destination {
    /// The index in `routes`, and what stands for `{id}`.
    case route(Int, id: Substring)
    /// No such path, or not with this method (then `allowed` is not empty).
    case nowhere(allowed: [HTTPMethod])
  }

  func destination(of request: Request) -> Destination {
    var allowed: [HTTPMethod] = []
    for (index, route) in routes.enumerated() {
      guard let id = route.match(request.path) else { continue }
      if route.method == request.routedMethod { return .route(index, id: id) }
      allowed.append(route.method)
    }
    return .nowhere(allowed: allowed)
  }

  func answer(_ request: Request, at destination: Destination) -> Answer {
    switch destination {
    case .route(let index, let id): routes[index].answer(request, id)
    case .nowhere(let allowed): framework.unrouted(request, allowed: allowed)
    }
  }
}
