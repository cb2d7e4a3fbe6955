import RawJSON

extension Matrix {
  /// For programs: `{"rows": [{…}, …]}`.
  package var json: String {
    var writer = JSONWriter(capacity: 512 * rows.count)
    writer.object { writer in
      writer.key("rows")
      writer.array { writer in
        for row in rows { row.write(to: &writer) }
      }
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

extension MatrixRow {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.key("document")
      writer.string(place.document.rawValue)
      writer.key("available")
      writer.array { writer in
        for upstream in upstreams where place.available.contains(upstream) { writer.string(upstream) }
      }
      writer.key("cache")
      writer.string(place.cache.rawValue)
      writer.key("status")
      writer.int(status)
      Self.write("sections", sections, to: &writer)
      Self.write("derived", derived, to: &writer)
      writer.key("cacheable")
      writer.bool(isCacheable)
      writer.key("cache_control")
      writer.string(cacheControl)
      writer.key("etag")
      writer.bool(hasEntityTag)
    }
  }

  private static func write(_ name: StaticString, _ words: [Word], to writer: inout JSONWriter) {
    writer.key(name)
    writer.object { writer in
      for word in words {
        writer.key(named: word.name)
        writer.string(word.word)
      }
    }
  }
}
