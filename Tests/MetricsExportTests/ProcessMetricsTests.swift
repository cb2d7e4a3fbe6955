import Testing

@testable import MetricsExport

@Suite struct ProcessMetricsTests {
  @Test func theFieldsOfTheKernelAreReadBehindANameThatHoldsAnything() throws {
    let text =
      "42 (a) b (c) S 1 42 42 0 -1 4194560 500 0 0 0 250 150 0 0 20 0 5 0 9000 1048576 256 18446744073709551615 1 1 0 0 0 0 0"
    let stat = try #require(ProcessMetrics.Stat(text, ticks: 100, page: 4096))
    #expect(stat.processor == 4 && stat.started == 90 && stat.threads == 5)
    #expect(stat.virtual == 1_048_576 && stat.resident == 1_048_576)
  }

  @Test(arguments: ["", "42 (a", "42 (a) S 1 2", "42 (a) S 1 x y z 0 0 0 0 0 0 0 u v 0 0 0 0 t 0 s m r 0"])
  func whatIsNoSuchLineIsLeftOut(text: String) { #expect(ProcessMetrics.Stat(text, ticks: 100, page: 4096) == nil) }

  @Test func thisProcessHasWhatEachHas() async {
    let samples = await ProcessMetrics().samples()
    let names = [
      "process_cpu_seconds_total", "process_virtual_memory_bytes", "process_resident_memory_bytes", "process_threads",
      "process_open_fds", "process_max_fds", "process_start_time_seconds",
    ]
    #expect(samples.map(\.name).sorted() == names.sorted())
    #expect(samples.allSatisfy { $0.value > 0 })
  }
}
