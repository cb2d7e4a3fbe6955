import Aggregation
import Caching
import Crypto
import NIOCore

/// The bytes of an answer in one coding, and the tag that names them.
struct Representation: Sendable {
  let coding: ContentCoding
  /// One after the other they are the body.
  let pieces: [ByteBuffer]
  let tag: EntityTag
  /// Bytes of all pieces.
  let length: Int

  init(coding: ContentCoding, pieces: [ByteBuffer], tag: EntityTag) {
    (self.coding, self.pieces, self.tag) = (coding, pieces, tag)
    length = pieces.reduce(0) { $0 + $1.readableBytes }
  }
}

/// A document as it was put together, and what has been made of it since. Belongs to one loop, and to one memo at most.
final class Composite {
  let identity: Representation
  private var gzip = Coded.untried
  private var br = Coded.untried
  /// Where it lies in its memo; nil if it does in none.
  var place: Int?

  private enum Coded {
    case untried
    /// There is none that is smaller.
    case none
    case made(Representation)
  }

  /// Where the body has no digest its bytes are hashed: to be made once for what is kept, not for every answer.
  init(_ body: DocumentBody) {
    let tag = body.digest.map { EntityTag(digest: ($0.high, $0.low)) } ?? EntityTag(hashing: body.pieces)
    identity = Representation(coding: .identity, pieces: body.pieces, tag: tag)
  }

  /// What is sent to a client that prefers `coding`: in that coding, or as it is where that is not smaller. Compresses when a coding
  /// is asked for the first time.
  func representation(_ coding: ContentCoding) -> Representation {
    switch coded(coding) {
    case .made(let made): return made
    case .none: return identity
    case .untried: break
    }
    guard let body = Compressor.compress(identity.pieces, coding) else {
      set(coding, .none)
      return identity
    }
    let made = Representation(coding: coding, pieces: [body], tag: identity.tag.coded(coding))
    set(coding, .made(made))
    return made
  }

  /// Bytes of all its representations. A section's bytes count here too, although the section cache may hold the same ones; what memory
  /// is rounded up to does not.
  var bytes: Int { identity.length + length(gzip) + length(br) }

  private func length(_ coded: Coded) -> Int {
    if case .made(let made) = coded { made.length } else { 0 }
  }

  private func coded(_ coding: ContentCoding) -> Coded {
    switch coding {
    case .identity: .none
    case .gzip: gzip
    case .br: br
    }
  }

  private func set(_ coding: ContentCoding, _ coded: Coded) {
    switch coding {
    case .identity: break
    case .gzip: gzip = coded
    case .br: br = coded
    }
  }
}

extension EntityTag {
  /// Strong: the first half of SHA-256 over the pieces, so that replicas and restarts give the same bytes the same tag.
  init(hashing pieces: [ByteBuffer]) {
    var hash = SHA256()
    for piece in pieces { piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) } }
    let digest = hash.finalize().withUnsafeBytes { bytes in
      (
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
        UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
    self.init(digest: digest)
  }
}
