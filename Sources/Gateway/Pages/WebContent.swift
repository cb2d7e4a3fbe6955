import HTTPTypes
import Hummingbird
import NIOCore

/// Bytes that stay the same while the process lives, as an answer: a tag that names them, 304 to who has them, gzip where that is accepted.
///
/// What is not stored is made when it is asked for the first time, off the loops, and kept: at most once the bytes, and once their gzip.
final class WebContent: Sendable {
  private let contentType: String
  /// Nil: nothing but to be read, as every answer.
  private let policy: PagePolicy?
  private let tag: EntityTag
  private let stored: Representation
  /// The coding that is not stored; nil where there is none that helps.
  private let other: MadeOnce<Representation?>

  /// - Parameter isGzip: whether `bytes` are gzip already.
  init(_ bytes: ByteBuffer, isGzip: Bool = false, contentType: String, policy: PagePolicy? = nil) {
    self.contentType = contentType
    self.policy = policy
    tag = EntityTag(hashing: [bytes])
    let coding: ContentCoding = isGzip ? .gzip : .identity
    stored = Representation(coding: coding, pieces: [bytes], tag: tag.coded(coding))
    other = MadeOnce { [stored, tag] in Self.other(than: stored, tag) }
  }

  convenience init(_ asset: WebAsset, policy: PagePolicy? = nil) {
    self.init(asset.bytes, isGzip: asset.isGzip, contentType: asset.contentType, policy: policy)
  }

  /// A whole answer, or 304. Whoever keeps it asks again before each use, so that a page is never of two versions.
  func response(to request: Request) async -> Response {
    let representation = await representation(acceptsGzip: AcceptEncoding(request.headers).accepts(.gzip))
    var headers: HTTPFields = [
      .eTag: representation.tag.text, .cacheControl: "public, no-cache", .vary: "Accept-Encoding",
    ]
    headers[.contentSecurityPolicy] = policy?.text
    if let known = IfNoneMatch(request.headers), known.matches(representation.tag) {
      return Response(status: .notModified, headers: headers)
    }
    headers[.contentType] = contentType
    headers[.contentEncoding] = representation.coding.name
    return Response(status: .ok, headers: headers, body: ResponseBody(contentsOf: representation.pieces))
  }

  private func representation(acceptsGzip: Bool) async -> Representation {
    if acceptsGzip == (stored.coding == .gzip) { return stored }
    return await other.value ?? stored
  }

  private static func other(than stored: Representation, _ tag: EntityTag) -> Representation? {
    if stored.coding == .gzip {
      // Ours, and looked at by a test: it can be read.
      return Gzip.decode(stored.pieces[0]).map { Representation(coding: .identity, pieces: [$0], tag: tag) }
    }
    return Compressor.compress(stored.pieces, .gzip).map { Representation(coding: .gzip, pieces: [$0], tag: tag.coded(.gzip)) }
  }
}
