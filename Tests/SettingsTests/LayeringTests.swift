import Settings
import Testing

@Suite struct LayeringTests {
  @Test func defaultsHoldWhereNothingIsSet() {
    let settings = settings()
    let sample = Sample(reading: settings)
    #expect(sample.host == "127.0.0.1" && sample.port == 8005 && sample.deadline == .seconds(10) && sample.level == .info)
    #expect(sample.names == ["users", "metrics"])
    #expect(settings.lines == [])
  }

  @Test func eachLayerGoesOverTheOneBelow() {
    let yaml = "server:\n  port: 1\n"
    let option = [OptionSetting(name: "--port", key: "server.port", value: "4")]
    #expect(Sample(reading: settings(yaml)).port == 1)
    #expect(Sample(reading: settings(yaml, environment: ["PORT": "2"])).port == 2)
    #expect(Sample(reading: settings(yaml, environment: ["PORT": "2", "TRIBUTARY_SERVER_PORT": "3"])).port == 3)
    #expect(Sample(reading: settings(yaml, environment: ["TRIBUTARY_SERVER_PORT": "3"], options: option)).port == 4)
  }

  @Test func theOriginalsVariablesMeanWhatTheyMeant() {
    let settings = settings(environment: [
      "REQUEST_TIMEOUT": "0.5", "LOG_LEVEL": "WARNING", "MICROSERVICE1_URL": "http://users:81/", "PORT": "",
    ])
    let sample = Sample(reading: settings)
    #expect(sample.deadline == .milliseconds(500) && sample.level == .warning && sample.port == 8005)
    #expect(sample.upstreams["users"]?.text == "http://users:81")
    #expect(settings.lines == [])
  }

  @Test func problemsNameTheOriginalsVariableAndItsOwnText() {
    let settings = settings(environment: ["REQUEST_TIMEOUT": "-1"])
    #expect(Sample(reading: settings).deadline == .seconds(10))
    #expect(
      settings.lines == [
        """
        environment: REQUEST_TIMEOUT (request.deadline): found "-1", \
        allowed: a number of seconds, or a number with its unit (us, ms, s, m, h), from 10ms to 5m
        """
      ])
  }

  @Test func anEmptyVariableIsAProblemUnlessTextIsWanted() {
    let settings = settings(environment: ["TRIBUTARY_SERVER_PORT": "", "TRIBUTARY_SERVER_HOST": ""])
    let sample = Sample(reading: settings)
    #expect(sample.host == "" && sample.port == 8005)
    #expect(
      settings.lines == ["environment: TRIBUTARY_SERVER_PORT (server.port): found nothing, allowed: an integer from 0 to 65535"])
  }

  @Test func anOptionsProblemNamesTheOption() {
    let settings = settings(options: [OptionSetting(name: "--port", key: "server.port", value: "http")])
    _ = Sample(reading: settings)
    #expect(settings.lines == ["option: --port: found \"http\", allowed: an integer from 0 to 65535"])
  }

  @Test func aBadValueInTheFileIsReportedEvenWhereItIsOverridden() {
    let settings = settings("server:\n  port: eighty\n", environment: ["PORT": "80"])
    #expect(Sample(reading: settings).port == 80)
    #expect(settings.lines == ["x.yaml:2: server.port: found \"eighty\", allowed: an integer from 0 to 65535"])
  }

  @Test func aFifthUpstreamIsAddedInTheFileAlone() {
    let yaml = """
      upstreams:
        reviews: {url: "http://reviews:9000"}
        metrics: {url: "http://metrics"}
        archive:
          url: https://archive/v1/
      """
    let good = settings(yaml, environment: ["TRIBUTARY_UPSTREAMS_REVIEWS_URL": "http://other"])
    let sample = Sample(reading: good)
    #expect(sample.names == ["users", "metrics", "reviews", "archive"])
    #expect(sample.upstreams["reviews"]?.host == "other" && sample.upstreams["archive"]?.pathPrefix == "/v1")
    #expect(good.lines == [])
  }

  @Test func theEnvironmentAddsNoUpstream() {
    let settings = settings(environment: ["TRIBUTARY_UPSTREAMS_REVIEWS_URL": "http://other"])
    #expect(Sample(reading: settings).names == ["users", "metrics"])
    #expect(settings.lines.count == 1)
  }

  @Test func everyKeyAskedForIsRegisteredWithItsDefault() {
    let settings = settings()
    _ = Sample(reading: settings)
    let keys = settings.registeredKeys
    #expect(
      keys.map(\.key) == [
        "server.host", "server.port", "request.deadline", "log.level", "upstreams.users.url", "upstreams.metrics.url",
      ])
    #expect(keys.map(\.defaultText).prefix(4) == ["127.0.0.1", "8005", "10s", "info"])
    #expect(keys[2].variable == "TRIBUTARY_REQUEST_DEADLINE")
    #expect(keys[3].allowed == "one of debug, info, warning")
  }

  @Test func aCrossCheckIsPlacedWhereTheValueStands() {
    let yaml = "server:\n  host: a\nupstreams:\n  users:\n    url: http://a\n"
    let settings = settings(yaml, environment: ["TRIBUTARY_SERVER_PORT": "1"])
    _ = Sample(reading: settings)
    settings.problem("server.host", found: "a", allowed: "b")
    settings.problem("server.port", found: "a", allowed: "b")
    settings.scope("upstreams", "users").problem("retry.attempts", found: "a", allowed: "b")
    settings.problem("log.level", found: "a", allowed: "b")
    #expect(
      settings.lines == [
        "x.yaml: log.level: found a, allowed: b", "x.yaml:2: server.host: found a, allowed: b",
        "x.yaml:4: upstreams.users.retry.attempts: found a, allowed: b",
        "environment: TRIBUTARY_SERVER_PORT (server.port): found a, allowed: b",
      ])
  }
}
