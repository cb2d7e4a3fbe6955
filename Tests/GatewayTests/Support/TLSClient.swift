import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization
import TestSupport

@testable import Gateway

/// A connection with TLS that sends what a test wants and keeps what comes.
final class TLSClient: Sendable {
  /// What has come of it.
  struct Outcome: Sendable {
    var negotiated: String?
    var serial: [UInt8]?
    var bytes: [UInt8] = []
    /// The first; a close without a goodbye is none.
    var failure: String?
    var text: String { String(decoding: bytes, as: UTF8.self) }
  }

  private let channel: any Channel
  private let log: Log

  static func connect(
    port: Int, protocols: [String] = ["http/1.1"], in folder: PEMFolder, identity: String? = nil
  ) async throws -> TLSClient {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.trustRoots = .file(folder.file("ca.pem"))
    // The test looks at the certificate itself.
    configuration.certificateVerification = .noHostnameVerification
    configuration.applicationProtocols = protocols
    if let identity {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(folder.file("\(identity).pem")).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: folder.file("\(identity).key"), format: .pem))
    }
    let context = try NIOSSLContext(configuration: configuration)
    let log = Log()
    let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelOption(.allowRemoteHalfClosure, value: true)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandlers(
            NIOSSLClientHandler(context: context, serverHostname: nil), Collector(log))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    return TLSClient(channel, log)
  }

  private init(_ channel: any Channel, _ log: Log) {
    self.channel = channel
    self.log = log
  }

  func send(_ text: String) { channel.writeAndFlush(ByteBuffer(string: text), promise: nil) }

  /// Says goodbye; what comes can still be read.
  func closeOutput() async throws { try await channel.close(mode: .output) }

  /// Is gone, as one that was killed: without a goodbye.
  func leave() async throws {
    try await channel.pipeline.context(handlerType: NIOSSLClientHandler.self).flatMap { $0.close() }.get()
  }

  /// Waits for the end of the connection.
  func outcome() async throws -> Outcome {
    try await channel.closeFuture.get()
    return log.outcome.withLock { $0 }
  }

  /// What has come so far.
  var received: Outcome { log.outcome.withLock { $0 } }

  private final class Log: Sendable {
    let outcome = Mutex(Outcome())
  }

  private final class Collector: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let log: Log

    init(_ log: Log) { self.log = log }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let bytes = Array(Self.unwrapInboundIn(data).readableBytesView)
      log.outcome.withLock { $0.bytes += bytes }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
      switch event {
      case TLSUserEvent.handshakeCompleted(let negotiated):
        let certificate: NIOSSLCertificate?
        do { certificate = try context.pipeline.syncOperations.nioSSL_peerCertificate() } catch { certificate = nil }
        log.outcome.withLock { ($0.negotiated, $0.serial) = (negotiated, certificate?.serialNumber) }
      case let event as ChannelEvent where event == .inputClosed: context.close(promise: nil)
      default: break
      }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
      if (error as? NIOSSLError) != .uncleanShutdown {
        log.outcome.withLock { $0.failure = $0.failure ?? "\(error)" }
      }
      context.close(promise: nil)
    }
  }
}

extension ServerTLS {
  /// Of the files of `PEMFolder.standard()`.
  static func standard(in folder: PEMFolder, _ change: (inout ServerTLS) -> Void = { _ in }) -> ServerTLS {
    var tls = ServerTLS(certificateFile: folder.file("server.pem"), keyFile: folder.file("server.key"))
    change(&tls)
    return tls
  }
}
