/// Chooses the node for a command. Belongs to its event loop.
protocol RedisRouter: AnyObject {
  var status: RedisStatus { get }
  func send(_ call: RedisCall)
  /// Connects without waiting for a first command.
  func warm()
  func shutDown()
}

extension RedisNode: RedisRouter {}
