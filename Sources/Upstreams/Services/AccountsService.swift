import NIOCore
import RawJSON
import NIOHTTP1

/// microservice2: Express. Without `x-user-id` and `x-user-role`: 401 `{"message"}`.
func accountsService(_ data: Dataset) -> Service {
  let framework = Framework.express
  let list = framework.json(data.accounts, shape: .list)
  let questions = framework.json(questionList, shape: .list)
  let echo = framework.json(ByteBuffer(string: #"{"message":"Echo Test OK"}"#), shape: .object)

  @Sendable func refusal(of request: Request) -> Answer? {
    let id = request.headers.first(name: "x-user-id")
    let role = request.headers.first(name: "x-user-role")
    if let id, let role, !id.isEmpty, !role.isEmpty { return nil }
    return framework.error(401, message: "Missing x-user-id or x-user-role header", path: request.path)
  }

  return Service(
    name: .accounts, framework: framework,
    routes: [
      Route(.GET, "/scrapedAccounts", shape: .list) { request, _ in refusal(of: request) ?? list },
      Route(.GET, "/scrapedAccounts/user/{id}", shape: .list) { request, id in
        if let refusal = refusal(of: request) { return refusal }
        guard let number = Int(id) else { return framework.error(400, message: "Invalid user id", path: request.path) }
        return framework.json(data.accounts(ofUser: number), shape: .list)
      },
      Route(.GET, "/questions", shape: .list) { request, _ in refusal(of: request) ?? questions },
      Route(.GET, "/", purpose: .health, shape: .object) { _, _ in echo },
    ])
}

private var questionList: ByteBuffer {
  JSONWriter.text { json in
    json.array { json in
      for (index, text) in ["Which accounts do you follow?", "Which hashtags matter to you?"].enumerated() {
        json.object { json in
          json.member("id", index + 1)
          json.member("question", text)
        }
      }
    }
  }
}
