package import NIOCore
import RawJSON

/// A member of a small JSON object that a target without JSON needs.
package enum JSONMember {
  /// The member's text; nil where there is no such member, or no such object, or it is no string.
  package static func text(_ name: String, in body: ByteBuffer) -> String? {
    guard !name.isEmpty, name.utf8.count <= ScanPlan.maximumNameLength else { return nil }
    return body.withUnsafeReadableBytes { bytes in
      do throws(JSONError) {
        return try JSONScanner().scan(bytes, plan: ScanPlan(members: [name], maximumDepth: 8)).member(0).cell.string(in: bytes)
      } catch { return nil }
    }
  }
}
