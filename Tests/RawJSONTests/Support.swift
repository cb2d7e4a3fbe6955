import RawJSON

/// Scans bytes with a scanner of its own.
func scan(_ bytes: [UInt8], _ plan: ScanPlan = ScanPlan()) throws(JSONError) -> JSONIndex {
  try outcome(bytes, plan).get()
}

/// Scans a text with a scanner of its own.
func scan(_ text: String, _ plan: ScanPlan = ScanPlan()) throws(JSONError) -> JSONIndex {
  try scan(Array(text.utf8), plan)
}

/// The same as a value, on a scanner that may be given.
func outcome(
  _ bytes: [UInt8], _ plan: ScanPlan = ScanPlan(), on scanner: JSONScanner = JSONScanner()
) -> Result<JSONIndex, JSONError> {
  bytes.withUnsafeBytes { bytes in
    Result { () throws(JSONError) in try scanner.scan(bytes, plan: plan) }
  }
}

/// Why a text is refused; nil if it is accepted.
func refusal(_ text: String, _ plan: ScanPlan = ScanPlan()) -> JSONError.Code? {
  refusal(Array(text.utf8), plan)
}

func refusal(_ bytes: [UInt8], _ plan: ScanPlan = ScanPlan()) -> JSONError.Code? {
  switch outcome(bytes, plan) {
  case .success: nil
  case .failure(let error): error.code
  }
}

/// Documents in the shapes that the four upstreams send, with the odd things that they may hold.
enum Sample {
  static let metrics = """
    {"items":[{"postId":"7300000000000000001","datePosted":"2025-09-01","views":1200,"likes":34,"engagement":0.071234,\
    "hashtags":"#fyp #beauty","userId":7,"adminId":null},{"postId":"7300000000000000002","datePosted":"N/A","views":-0,\
    "likes":1e3,"engagement":5e-1,"hashtags":"\\u00e9\\"\\\\ \\ud83d\\ude00","userId":"7","adminId":{"id":[1,{}]}}],\
    "count":2,"dashboard":[{"metric":"totals","totalViews":1234567,"avgEngagement":0.0712}]}
    """
  static let users = """
    [ {"id": 1, "email": "user1@test.com", "firstname": "José", "role": "ADMIN", "adminProfile": null},
      {"id": 2, "email": "user2@test.com", "firstname": "花子 😀", "role": "USER",
       "adminProfile": {"level": 3, "tags": ["a", "b\\n"]}} ]
    """
  static let accounts = #"[{"id":1,"accountName":"creator.\u0030\/01","userId":3,"scrapedAt":"2025-09-25T19:53Z"},true,[[],{}]]"#
  static let odd =
    "\t{ \"a\" : [ ] , \"\" : { } , \"b\\tc\" : [ true , false , null , -1.5E+10 , \"\" ] ,"
    + " \"items\" : [ 1 , { \"views\" : 0 } ] }\r\n"
  static let all = [metrics, users, accounts, odd, "[]", "{}", "-12.5e-3", "\"text\"", " true "]
}
