import NIOCore
import RawJSON

/// `/consolidated`, of which only some is wanted: fields, pages of lists, or both. `metadata` is always there, with what tells whether
/// the rest is complete.
struct SelectedConsolidated {
  let metadata: DocumentMetadata
  let view: DocumentView
  let pages: [ListPage]
  /// What each page's list goes on with; nil where it has ended.
  let cursors: [String?]
  /// The lists that the sections are given in, by section.
  let lists: [String: String]

  var pieces: [ByteBuffer] {
    var out = ByteBufferAllocator().buffer(capacity: 4096)
    out.writeInteger(UInt8(ascii: "{"))
    for outcome in metadata.outcomes {
      guard let selection = selection(of: outcome.place.section) else { continue }
      out.writeString("\"\(outcome.place.section)\":")
      write(outcome, selection, to: &out)
      out.writeInteger(UInt8(ascii: ","))
    }
    out.writeStaticString("\"metadata\":")
    tail.withUnsafeBytes { JSONProjection.write(MetadataSelection.of(view.fields), of: $0, to: &out) }
    out.writeInteger(UInt8(ascii: "}"))
    return [out]
  }

  private func selection(of section: String) -> FieldSelection? {
    guard let fields = view.fields else { return .whole }
    return fields.member(section)
  }

  private func write(_ outcome: SectionOutcome, _ selection: FieldSelection, to out: inout ByteBuffer) {
    guard let section = outcome.section else {
      var filler = outcome.filler
      return filler.withUTF8 { JSONProjection.write(selection, of: UnsafeRawBufferPointer($0), to: &out) }
    }
    let page = lists[section: outcome].flatMap { list in pages.first { $0.list == list } }
    section.body.withUnsafeReadableBytes { bytes in
      guard section.shape == .objectAsList else {
        return JSONProjection.write(selection, of: bytes, page: page.flatMap { section.rows(of: $0, in: bytes) }, to: &out)
      }
      out.writeInteger(UInt8(ascii: "["))
      if page?.rows.isEmpty != true { JSONProjection.write(selection, of: bytes, to: &out) }
      out.writeInteger(UInt8(ascii: "]"))
    }
  }

  private var tail: [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    writer.object { writer in
      writeTotals(to: &writer)
      metadata.write(to: &writer)
      if view.page != nil { writePages(to: &writer) }
    }
    return writer.bytes
  }

  /// Of the sections that were asked: the others may have any number of rows.
  private func writeTotals(to writer: inout JSONWriter) {
    let asked = Set(metadata.outcomes.map(\.place.section))
    if asked.contains("users") {
      writer.key("total_users")
      writer.int(metadata.section("users")?.rowCount ?? 0)
    }
    if asked.contains("scraped_accounts") {
      writer.key("total_accounts")
      writer.int(metadata.section("scraped_accounts")?.rowCount ?? 0)
    }
    if asked.contains("metrics") {
      writer.key("total_posts_analyzed")
      writer.int(metadata.section("metrics")?.declaredCount ?? 0)
    }
  }

  private func writePages(to writer: inout JSONWriter) {
    writer.key("pages")
    writer.object { writer in
      for (page, cursor) in zip(pages, cursors) {
        writer.key(named: page.list)
        writer.object { writer in
          writer.key("limit")
          writer.int(view.page?.limit ?? 0)
          writer.key("offset")
          writer.int(page.rows.lowerBound)
          writer.key("returned")
          writer.int(page.rows.count)
          writer.key("total")
          writer.int(page.total)
          writer.key("next")
          if let cursor { writer.string(cursor) } else { writer.null() }
        }
      }
    }
  }
}

/// What of `metadata` is given: what was asked for, and always what tells whether the rest can be believed.
enum MetadataSelection {
  static func of(_ fields: FieldSelection?) -> FieldSelection {
    guard let fields else { return .whole }
    return ["complete", "sections", "pages"].reduce(fields.member("metadata") ?? .none) { $0.adding($1) }
  }
}

extension [String: String] {
  fileprivate subscript(section outcome: SectionOutcome) -> String? { self[outcome.place.section] }
}

extension Section {
  /// Where the rows of a page are; nil where there is no list to take them from.
  fileprivate func rows(of page: ListPage, in bytes: UnsafeRawBufferPointer) -> JSONProjection.Rows? {
    let table = rowTable
    return table.list.map { JSONProjection.Rows(list: $0, rows: table.range(of: page.rows, in: bytes)) }
  }
}
