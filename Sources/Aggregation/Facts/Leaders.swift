/// The few greatest of many by a score, greatest first; of equals the one that came first.
struct Leaders<Element: Sendable>: Sendable {
  /// Every ranking of a dashboard has at most five places.
  static var places: Int { 5 }

  private(set) var elements: [(score: Double, element: Element)] = []

  /// `make` is called only for an element that gets a place.
  mutating func consider(score: Double, _ make: @autoclosure () -> Element) {
    guard elements.count < Self.places || score > elements[elements.count - 1].score else { return }
    let place = elements.firstIndex { $0.score < score } ?? elements.count
    elements.insert((score, make()), at: place)
    if elements.count > Self.places { elements.removeLast() }
  }
}
