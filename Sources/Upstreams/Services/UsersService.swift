import NIOCore
import NIOHTTP1

/// microservice1: Spring Boot with Spring Security. Without a known token: 403, empty.
func usersService(_ data: Dataset, credentials: FakeCredentials) -> Service {
  let framework = Framework.springWithHandler
  let list = framework.json(data.users, shape: .list)
  let up = Answer(
    shape: .object, contentType: "application/vnd.spring-boot.actuator.v3+json", body: ByteBuffer(string: #"{"status":"UP"}"#))
  return Service(
    name: .users, framework: framework,
    routes: [
      Route(.GET, "/api/v1/auth/users", shape: .list) { request, _ in
        guard credentials.role(authorization: request.headers.first(name: "authorization")) == .admin else {
          return framework.error(403, path: request.path)
        }
        return list
      },
      Route(.GET, "/api/v1/auth/profile/{id}", shape: .object) { request, id in
        guard credentials.role(authorization: request.headers.first(name: "authorization")) != nil else {
          return framework.error(403, path: request.path)
        }
        guard let number = Int(id) else {
          return framework.error(400, message: "Failed to convert 'id' with value: '\(id)'", path: request.path)
        }
        guard let profile = data.profile(number) else {
          return framework.error(404, message: "User not found with id: \(number)", path: request.path)
        }
        return framework.json(profile, shape: .object)
      },
      Route(.GET, "/api/v1/actuator/health", purpose: .health, shape: .object) { _, _ in up },
    ])
}
