import Clients
import NIOSSL
import Settings
import Synchronization

/// The certificate in use at one listener, for all loops. New files take the place of the old ones, for new connections, as soon as they
/// are good.
final class ServerSecurity: Sendable {
  /// What a look at the files has come to.
  enum Look: Equatable {
    case unchanged
    case replaced
    /// The new files cannot be used; said once for each change of them.
    case kept(PEMFiles.Fault)
  }

  private struct State: Sendable {
    var context: NIOSSLContext
    /// Of the files that the context was made from.
    var used: [FileStamp?]
    /// Of files that were bad when last looked at. A certificate and its key are two files, written one after the other: not before they
    /// have stayed bad from one look to the next is anything said.
    var suspected: [FileStamp?]?
    var refused: [FileStamp?]?
  }

  private let tls: ServerTLS
  private let state: Mutex<State>

  /// - Throws: `PEMFiles.Fault`.
  init(_ tls: ServerTLS) throws {
    self.tls = tls
    let stamps = Self.stamps(tls)
    state = Mutex(State(context: try tls.context(), used: stamps))
  }

  /// For one connection.
  func handler() -> NIOSSLServerHandler { NIOSSLServerHandler(context: state.withLock { $0.context }) }

  /// Reads the files again if they have changed.
  ///
  /// - Parameter isAsked: an operator wants to know now.
  func look(isAsked: Bool = false) -> Look {
    state.withLock { state in
      // First: what is written meanwhile is seen next time.
      let stamps = Self.stamps(tls)
      if stamps == state.used || stamps == state.refused && !isAsked { return .unchanged }
      do throws(PEMFiles.Fault) {
        state = State(context: try tls.context(), used: stamps)
        return .replaced
      } catch {
        defer { state.suspected = stamps }
        guard isAsked || stamps == state.suspected else { return .unchanged }
        state.refused = stamps
        return .kept(error)
      }
    }
  }

  private static func stamps(_ tls: ServerTLS) -> [FileStamp?] { tls.files.map { FileStamp(path: $0) } }
}
