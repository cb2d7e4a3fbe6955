import Testing

@testable import Gateway

@Suite struct SectionHeaderTests {
  @Test(arguments: [
    (Duration.zero, "0.00"), (.microseconds(5), "0.00"), (.microseconds(12_059), "12.05"), (.seconds(61), "61000.00"),
    (.milliseconds(1), "1.00"),
  ])
  func timesAreMillisecondsWithTwoDecimals(duration: Duration, text: String) {
    #expect(duration.millisecondsText == text)
  }
}
