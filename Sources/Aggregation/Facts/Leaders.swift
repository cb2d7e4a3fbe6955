/// The few greatest of many by a score, greatest first; of equals the one that came first.
struct Leaders<Element: Sendable>: Sendable {
  /// Every ranking of a dashboard has at most five places.
  static var places: Int { 5 }

  private(set) var elements: [(score: Double, element: Element)] = []

  init() { elements.reserveCapacity(Self.places) }

  /// `make` is called only for an element that gets a place.
  mutating func consider(score: Double, _ make: @autoclosure () -> Element) {
    guard elements.count < Self.places || score > elements[elements.count - 1].score else { return }
    if elements.count < Self.places {
      elements.append((score, make()))
    } else {
      elements[Self.places - 1] = (score, make())
    }
    var place = elements.count - 1
    while place > 0, elements[place - 1].score < score {
      elements.swapAt(place, place - 1)
      place -= 1
    }
  }
}
