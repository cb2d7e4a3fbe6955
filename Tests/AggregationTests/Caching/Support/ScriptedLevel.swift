import Caching
import NIOCore
import Synchronization

@testable import Aggregation

/// A level that replicas share, that answers each question with what the test says and remembers what it was asked.
final class ScriptedLevel: SharedSectionStore {
  enum Question: Sendable, Equatable {
    case get, acquire, release
    case put(under: RefreshLease?)
  }

  private let answers: @Sendable (_ get: Int) -> SharedAnswer
  private let lease: LeaseAnswer
  private let books = Mutex<[Question]>([])

  /// - Parameter answers: to the n-th `get`, from 1.
  init(lease: LeaseAnswer, _ answers: @escaping @Sendable (_ get: Int) -> SharedAnswer) {
    self.lease = lease
    self.answers = answers
  }

  /// In the order of their coming.
  var questions: [Question] { books.withLock { $0 } }

  private func asked(_ question: Question) -> Int {
    books.withLock { questions in
      questions.append(question)
      return questions.count { $0 == question }
    }
  }

  func get(
    _ key: CacheKey, section: String, isAwaited: Bool, on eventLoop: any EventLoop, _ then: @escaping (SharedAnswer) -> Void
  ) {
    then(answers(asked(.get)))
  }

  func put(_ envelope: Envelope, for key: CacheKey, section: String, under lease: RefreshLease?, on eventLoop: any EventLoop) {
    _ = asked(.put(under: lease))
  }

  func acquire(
    _ key: CacheKey, section: String, isAwaited: Bool, on eventLoop: any EventLoop, _ then: @escaping (LeaseAnswer) -> Void
  ) {
    _ = asked(.acquire)
    then(lease)
  }

  func release(_ lease: RefreshLease, for key: CacheKey, section: String, on eventLoop: any EventLoop) { _ = asked(.release) }
}
