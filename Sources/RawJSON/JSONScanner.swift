import CSimdjson

/// Validates bodies and describes them, one after the other. Not Sendable: one for each event loop, reused for all bodies there.
///
/// It keeps working memory for bodies up to 256 KiB (four bytes a body byte, of which only what was needed is ever touched) and
/// gives back what a bigger one needed.
package final class JSONScanner {
  /// Bytes of the longest body that can be scanned (256 MiB). Whoever receives bodies limits them far below that.
  package static let maximumLength = Int(CSJ_MAXIMUM_LENGTH)

  /// Nil if there was no memory for it; then every scan says so.
  private let scanner: OpaquePointer?

  package init() {
    scanner = csj_scanner_create()
  }

  deinit {
    csj_scanner_destroy(scanner)
  }

  /// Validates the whole body (RFC 8259) and collects what the plan names.
  ///
  /// What RFC 8259 allows is accepted: numbers of any size, escapes of lone surrogates, duplicate names. The bytes need no
  /// padding.
  package func scan(_ bytes: UnsafeRawBufferPointer, plan: ScanPlan) throws(JSONError) -> JSONIndex {
    guard let scanner else { throw JSONError(.outOfMemory) }
    var result = csj_result()
    plan.words.withUnsafeBytes { plan in
      csj_scan(scanner, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, plan.baseAddress, &result)
    }
    guard result.error == UInt32(CSJ_OK) else {
      csj_scanner_trim(scanner)
      let offset = result.error_offset == .max ? nil : Int(result.error_offset)
      throw JSONError(JSONError.Code(rawValue: result.error) ?? .internalFailure, offset: offset)
    }
    let index = JSONIndex(result, members: plan.members.count, columns: plan.columns.count)
    csj_scanner_trim(scanner)
    return index
  }

  /// The same for bytes that are bound to `UInt8` already.
  package func scan(_ bytes: UnsafeBufferPointer<UInt8>, plan: ScanPlan) throws(JSONError) -> JSONIndex {
    try scan(UnsafeRawBufferPointer(bytes), plan: plan)
  }

  /// Bytes of working memory reserved at the moment.
  package var reservedMemory: Int {
    scanner.map { csj_scanner_memory($0) } ?? 0
  }
}
