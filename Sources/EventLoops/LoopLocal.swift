package import NIOCore

/// One value for each event loop of a group, reachable only from its own loop.
///
/// Connection pools, parsers and timers live in these: what belongs to a loop is used by that loop alone and needs no lock.
package struct LoopLocal<Value>: Sendable {
  /// Searched from its start: for as many loops as a machine has cores that is quicker than hashing.
  private let values: [(loop: ObjectIdentifier, bound: NIOLoopBound<Value>)]

  /// Makes each loop's value on that loop.
  package init(_ group: any EventLoopGroup, _ make: @escaping @Sendable (any EventLoop) throws -> Value) async throws {
    var values: [(ObjectIdentifier, NIOLoopBound<Value>)] = []
    for loop in group.makeIterator() {
      values.append((ObjectIdentifier(loop), try await loop.submit { NIOLoopBound(try make(loop), eventLoop: loop) }.get()))
    }
    self.values = values
  }

  /// The value of `loop`. Must be called on that loop, which must be one of the group: anything else is a programming error.
  package subscript(loop: any EventLoop) -> Value {
    let id = ObjectIdentifier(loop)
    for value in values where value.loop == id { return value.bound.value }
    preconditionFailure("an event loop of another group")
  }

  /// Runs `body` once on each loop, with that loop's value, and waits for all.
  package func onEachLoop(_ body: @escaping @Sendable (Value) -> Void) async throws {
    for (_, bound) in values {
      try await bound.eventLoop.submit { body(bound.value) }.get()
    }
  }
}
