import CWebAssets
import NIOCore

/// A file that is compiled into the binary (`Sources/CWebAssets/files`).
struct WebAsset: Sendable {
  /// The path below `files`.
  let name: String
  /// As they are stored: gzip where the name ends in `.gz`. They live as long as the process.
  let bytes: ByteBuffer

  /// Nil if there is no such file.
  init?(_ name: String) {
    guard let asset = CWebAssetFind(name)?.pointee else { return nil }
    self.name = name
    bytes = ByteBuffer(bytes: UnsafeRawBufferPointer(start: asset.bytes, count: asset.count))
  }

  var isGzip: Bool { name.hasSuffix(".gz") }

  /// By the ending of its name, that of the compression left out.
  var contentType: String {
    let name = isGzip ? name.dropLast(3) : name[...]
    return switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "json": "application/json"
    case "svg": "image/svg+xml"
    case "png": "image/png"
    default: "application/octet-stream"
    }
  }
}
