import Resilience
import Testing

@testable import Aggregation
@testable import Clients
@testable import Gateway

@Suite struct StatusSnapshotTests {
  private var snapshot: StatusSnapshot {
    StatusSnapshot(
      at: Timestamp(milliseconds: 90_000), startedAt: Timestamp(milliseconds: 30_000), version: "1", isDraining: false,
      reloads: ReloadRecord(at: Timestamp(milliseconds: 30_000)).current, services: [], sections: [], partial: [])
  }

  private func text(_ snapshot: StatusSnapshot) -> String { String(decoding: snapshot.json, as: UTF8.self) }

  @Test func whatIsNotKnownIsNull() {
    let expected =
      #"{"at":"1970-01-01T00:01:30.000Z","version":"1","started_at":"1970-01-01T00:00:30.000Z","uptime_s":60,"ready":true,"#
      + #""configuration":{"in_use_since":"1970-01-01T00:00:30.000Z","reloads":0,"refused":0,"refused_at":null},"#
      + #""replicas":null,"redis":null,"cache":null,"services":[],"sections":[],"partial":[]}"#
    #expect(text(snapshot) == expected)
  }

  @Test func aServiceThatNobodyHasAskedIsUnknown() {
    var snapshot = snapshot
    snapshot.services = [
      StatusSnapshot.Service(
        name: "users", label: "microservice1", health: HealthRecord(), circuit: .closed, inFlight: 2, queued: 1,
        latencies: [nil, .microseconds(1506)])
    ]
    let expected =
      #""services":[{"name":"users","label":"microservice1","state":"unknown","reason":null,"latency_ms":null,"checked_at":null,"#
      + #""last_success_at":null,"success_rate":1.0,"circuit":"closed","in_flight":2,"queued":1,"latencies_ms":[null,1.51]}]"#
    #expect(text(snapshot).contains(expected))
  }

  @Test func anUnhealthyServiceSaysWhy() {
    var health = HealthRecord()
    health.observed(
      failure: CallFailure(.serverError, receivedStatus: 503), took: .milliseconds(4), at: Timestamp(milliseconds: 89_000))
    var snapshot = snapshot
    snapshot.services = [
      StatusSnapshot.Service(
        name: "users", label: "microservice1", health: health, circuit: .open, inFlight: 0, queued: 0, latencies: [])
    ]
    #expect(text(snapshot).contains(#""state":"unhealthy","reason":"server error (HTTP 503)","latency_ms":4.0,"#))
    #expect(text(snapshot).contains(#""success_rate":0.0,"circuit":"open""#))
  }

  @Test func aSectionThatIsBeingRefreshedSaysSo() {
    var snapshot = snapshot
    var counts = SectionTally.Counts()
    (counts.memory, counts.stale) = (3, 1)
    let fetchedAt = Timestamp(milliseconds: 80_000)
    snapshot.sections = [
      StatusSnapshot.Section(
        name: "users", upstream: "users", counts: counts,
        last: SectionTally.Last(state: .stale, fetchedAt: fetchedAt, failure: nil)),
      StatusSnapshot.Section(name: "metrics", upstream: "metrics", counts: SectionTally.Counts(), last: nil),
    ]
    let first =
      #"{"name":"users","upstream":"users","state":"stale","reason":"revalidating","fetched_at":"1970-01-01T00:01:20.000Z","#
      + #""answers":{"memory":3,"shared":0,"fetched":0,"joined":0,"stale":1,"missing":0}}"#
    let second =
      #"{"name":"metrics","upstream":"metrics","state":null,"reason":null,"fetched_at":null,"#
      + #""answers":{"memory":0,"shared":0,"fetched":0,"joined":0,"stale":0,"missing":0}}"#
    #expect(text(snapshot).contains("\"sections\":[\(first),\(second)]"))
  }

  @Test func aLineOfSnapshotHasNoLineEnd() {
    var snapshot = snapshot
    snapshot.partial = [
      PartialAnswer(
        at: snapshot.at, route: "/api", requestID: "a\nb",
        gaps: [PartialAnswer.Gap(section: "users", state: "missing", reason: "timeout")])
    ]
    #expect(!snapshot.json.contains(UInt8(ascii: "\n")))
    #expect(text(snapshot).contains(#""sections":[{"section":"users","state":"missing","reason":"timeout"}]"#))
  }
}
