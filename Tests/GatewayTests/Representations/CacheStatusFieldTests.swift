import Testing

@testable import Gateway

/// RFC 9211.
@Suite struct CacheStatusFieldTests {
  @Test(
    arguments: [
      (.hit(.memory, ttl: 17), "hit;ttl=17;detail=memory"), (.hit(.redis, ttl: 0), "hit;ttl=0;detail=redis"),
      (.hit(.memory, ttl: -12), "hit;ttl=-12;detail=memory"),
      (.hit(.memory, ttl: .min), "hit;ttl=-999999999999999;detail=memory"),
      (.hit(.memory, ttl: .max), "hit;ttl=999999999999999;detail=memory"),
      (.fetched(status: 200, isStored: true), "fwd=miss;fwd-status=200;stored"),
      (.fetched(status: 200, isStored: false), "fwd=miss;fwd-status=200"),
      (.refetched(status: 304, isStored: true), "fwd=stale;fwd-status=304;stored"),
      (.collapsed, "fwd=miss;collapsed"),
      (.staleForFailure(status: 503, ttl: -90), "fwd=stale;fwd-status=503;ttl=-90;detail=stale-if-error"),
      (.staleForFailure(status: nil, ttl: -90), "fwd=stale;ttl=-90;detail=stale-if-error"),
      (.failed(status: 500), "fwd=miss;fwd-status=500"), (.failed(status: nil), "fwd=miss"),
      (.bypass, "fwd=bypass"),
    ] as [(SectionCacheUse, String)])
  func whatTheCacheDid(use: SectionCacheUse, parameters: String) {
    var field = CacheStatusField(sections: 1)
    field.add(CacheStatusName(section: "users"), use)
    #expect(field.value == "tributary/users;\(parameters)")
  }

  @Test func theSectionsStandInTheirOrder() {
    var field = CacheStatusField(sections: 2)
    #expect(field.value.isEmpty)
    field.add(CacheStatusName(section: "users"), .hit(.memory, ttl: 3))
    field.add(CacheStatusName(section: "tiktok_metrics"), .bypass)
    #expect(field.value == "tributary/users;hit;ttl=3;detail=memory, tributary/tiktok_metrics;fwd=bypass")
  }

  @Test(arguments: [
    ("users", "tributary", "tributary/users"), ("a_1", "Edge:1", "Edge:1/a_1"), ("a b", "tributary", "\"tributary/a b\""),
    ("a\"\\b", "t", "\"t/a\\\"\\\\b\""), ("é\n", "t", "\"t/??\""), ("users", "1", "\"1/users\""), ("a,b;c", "t", "\"t/a,b;c\""),
    ("users", "", "\"/users\""),
  ])
  func aNameIsATokenOrElseAString(section: String, gateway: String, text: String) {
    var field = CacheStatusField(sections: 1)
    field.add(CacheStatusName(section: section, gateway: gateway), .bypass)
    #expect(field.value == "\(text);fwd=bypass")
  }
}
