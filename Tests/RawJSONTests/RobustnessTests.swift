import Glibc
import RawJSON
import Testing

/// Bodies from strangers: whatever they hold, a scan ends with an index or an error, and reads nothing outside of them.
@Suite struct RobustnessTests {
  @Test(arguments: [Sample.metrics, Sample.users, Sample.accounts, Sample.odd])
  func everyTruncationIsRefused(_ text: String) {
    let bytes = Array(text.utf8)
    let whole = bytes.lastIndex { $0 > 0x20 } ?? 0
    let scanner = JSONScanner()
    for length in 0...whole {
      let result = outcome(Array(bytes[..<length]), DifferentialTests.plans[length % 3], on: scanner)
      #expect((try? result.get()) == nil, "first \(length) bytes")
    }
    #expect(refusal(bytes) == nil)
  }

  @Test(arguments: [
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e999", "-1e999", "1e300", "1e-999", "-0.0", "\"x\"",
    "null", "{}", "[]", "true", "0.5",
  ])
  func aStrangeValueInThePlaceOfEachNumberEndsNothing(_ value: String) throws {
    let plan = DifferentialTests.plans[0]
    let bytes = Array(Sample.metrics.utf8)
    for start in bytes.indices where isDigit(bytes[start]) && !isNumberPart(bytes[start - 1]) {
      let end = bytes[start...].firstIndex { !isNumberPart($0) } ?? bytes.count
      if bytes[start - 1] != UInt8(ascii: ":") && bytes[start - 1] != UInt8(ascii: "[") { continue }
      let changed = Array(bytes[..<start]) + Array(value.utf8) + Array(bytes[end...])
      let index = try scan(changed, plan)
      changed.withUnsafeBytes { readAll(index, $0) }
    }
  }

  @Test func nestingIsLimitedAndCostsNothing() {
    func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
    func objects(_ depth: Int) -> String {
      String(repeating: "{\"a\":", count: depth) + "1" + String(repeating: "}", count: depth)
    }
    #expect(refusal(nested(128)) == nil)
    #expect(refusal(nested(129)) == .depthExceeded)
    #expect(refusal(objects(128)) == nil)
    #expect(refusal(objects(129)) == .depthExceeded)
    for (accepted, plan) in [(3, ScanPlan(rows: .rootElements, maximumDepth: 3)), (1024, ScanPlan(maximumDepth: 1024))] {
      #expect(refusal(nested(accepted), plan) == nil)
      #expect(refusal(nested(accepted + 1), plan) == .depthExceeded)
      #expect(refusal(objects(accepted), plan) == nil)
      #expect(refusal(objects(accepted + 1), plan) == .depthExceeded)
    }
    let inRow = ScanPlan(rows: .elements(ofMember: "items"), columns: ["a"], maximumDepth: 3)
    #expect(refusal("{\"items\":[{\"a\":1}]}", inRow) == nil)
    #expect(refusal("{\"items\":[{\"a\":[]}]}", inRow) == .depthExceeded)
    #expect(refusal("{\"items\":[{}]}", ScanPlan(rows: .elements(ofMember: "items"), maximumDepth: 2)) == .depthExceeded)
    #expect(refusal("{\"items\":[]}", ScanPlan(rows: .elements(ofMember: "items"), maximumDepth: 1)) == .depthExceeded)
    let open = String(repeating: "[", count: 100_000) + "]"
    let rows = String(repeating: "[{\"items\":", count: 100_000) + "}"
    for deep in [nested(100_000), objects(100_000), open, rows] {
      #expect(refusal(deep) == .depthExceeded)
      #expect(refusal(deep, inRow) == .depthExceeded)
    }
  }

  @Test func noByteOutsideTheBodyIsRead() throws {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let memory = try #require(mmap(nil, page * 3, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
    try #require(memory != MAP_FAILED)
    defer { munmap(memory, page * 3) }
    try #require(mprotect(memory + page, page, PROT_READ | PROT_WRITE) == 0)
    let scanner = JSONScanner()
    let broken = ["1234567890", "\"\\u00e9\"", "nul", "\"open", "[1,2", "tru", "-", "[\"a\\", "{\"a\":1e", "  "]
    let texts = Sample.all + broken + [String(repeating: "[1,", count: 1000)]
    for text in texts {
      let bytes = Array(text.utf8)
      for length in 1...bytes.count {
        for start in [memory + page, memory + page + page - length] {
          start.copyMemory(from: bytes, byteCount: length)
          let body = UnsafeRawBufferPointer(start: start, count: length)
          for plan in DifferentialTests.plans {
            let index = Result { () throws(JSONError) in try scanner.scan(body, plan: plan) }
            if case .success(let index) = index { readAll(index, body) }
          }
        }
      }
    }
  }

  @Test func anIndexReadsNothingOutsideAWrongBuffer() throws {
    let index = try scan(Sample.metrics, DifferentialTests.plans[0])
    let backslashes = [UInt8](repeating: UInt8(ascii: "\\"), count: 400)
    for wrong in [[], Array("[1]".utf8), backslashes, [UInt8](repeating: 0xFF, count: 1000)] {
      wrong.withUnsafeBytes { readAll(index, $0) }
    }
  }

  @Test func aScannerGivesBackWhatABigDocumentNeeded() {
    let scanner = JSONScanner()
    let plan = ScanPlan(rows: .rootElements, columns: ["a", "b"])
    _ = outcome(Array("[{\"a\":1}]".utf8), plan, on: scanner)
    let kept = scanner.reservedMemory
    #expect(kept > 0 && kept < 256 << 10)
    let big = Array(("[" + String(repeating: "{\"a\":1},", count: 100_000) + "{}]").utf8)
    #expect((try? outcome(big, plan, on: scanner).get().rowCount) == 100_001)
    #expect(scanner.reservedMemory <= 256 << 10)
    _ = outcome(Array(big.dropLast()), plan, on: scanner)
    #expect(scanner.reservedMemory <= 256 << 10)
    #expect((try? outcome(Array("[{}]".utf8), plan, on: scanner).get().rowCount) == 1)
  }

  @Test func rowsAreLimited() {
    let plan = ScanPlan(rows: .rootElements, columns: ["a"], maximumRows: 2)
    #expect(refusal("[{},1]", plan) == nil)
    #expect(refusal("[{},1,{}]", plan) == .tooManyRows)
    #expect(refusal("[1,2,3]") == nil)
  }

  private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
  private func isNumberPart(_ byte: UInt8) -> Bool { isDigit(byte) || "-+.eE".utf8.contains(byte) }
}

/// Uses every accessor on every cell.
func readAll(_ index: JSONIndex, _ bytes: UnsafeRawBufferPointer) {
  let members = (-1...index.members.count).map { index.member($0).cell }
  let cells = (-1...index.rowCount).flatMap { row in (-1...index.columnCount).map { index.cell(row: row, column: $0) } }
  for cell in members + cells + [index.root.cell] {
    _ = (cell.kind, cell.bool, cell.raw(in: bytes)?.last, cell.int64(in: bytes), cell.saturatingInt64(in: bytes))
    _ = (cell.double(in: bytes), cell.string(in: bytes), cell.identifier(in: bytes)?.hashValue)
    if let text = cell.text(in: bytes) { _ = (text == text, text < text, text == "x", text.isEmpty) }
  }
}
