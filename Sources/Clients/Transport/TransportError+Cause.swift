import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOPosix
import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension TransportError {
  /// What the failure of a connection attempt means.
  init(connecting error: any Error) {
    switch error {
    case let error as TransportError:
      self = error
    case let error as IOError where error.errnoCode == ECONNREFUSED:
      self = TransportError(.connectRefused, cause: error)
    case let error as IOError where error.errnoCode == ETIMEDOUT:
      self = TransportError(.connectTimeout, cause: error)
    case ChannelError.connectTimeout:
      self = TransportError(.connectTimeout, cause: error)
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      self = TransportError(.tlsFailed, cause: error)
    default:
      self = TransportError(.connectFailed, cause: error)
    }
  }

  /// What an error in the pipeline of an open connection means. `reset` here says no more than that the connection is lost.
  init(pipeline error: any Error) {
    switch error {
    case HTTPParserError.headerOverflow:
      self = TransportError(.headersTooLarge, cause: error)
    case HTTPParserError.invalidEOFState, NIOSSLError.uncleanShutdown:
      self = TransportError(.truncated, cause: error)
    case is HTTPParserError, is NIOHTTPDecoderError, is ByteToMessageDecoderError:
      self = TransportError(.malformedResponse, cause: error)
    case NIOHTTPDecompression.DecompressionError.limit:
      self = TransportError(.bodyTooLarge, cause: error)
    case is NIOHTTPDecompression.DecompressionError, is NIOHTTPDecompression.ExtraDecompressionError:
      self = TransportError(.badEncoding, cause: error)
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      self = TransportError(.tlsFailed, cause: error)
    default:
      self = TransportError(.reset, cause: error)
    }
  }
}
