/// What S3-FIFO is measured against: least recently used out first, bounded in bytes.
struct LRUCache {
  private struct Node {
    var key: Int
    var cost: Int
    var older: Int
    var newer: Int
  }

  private let capacity: Int
  private var bytes = 0
  private var nodes: [Node] = []
  private var free: [Int] = []
  private var places: [Int: Int] = [:]
  private var oldest = -1
  private var newest = -1

  init(capacity: Int) { self.capacity = capacity }

  mutating func hit(_ key: Int) -> Bool {
    guard let place = places[key] else { return false }
    unlink(place)
    link(place)
    return true
  }

  mutating func store(_ key: Int, cost: Int) {
    while bytes + cost > capacity, oldest >= 0 {
      let place = oldest
      unlink(place)
      bytes -= nodes[place].cost
      places[nodes[place].key] = nil
      free.append(place)
    }
    let node = Node(key: key, cost: cost, older: -1, newer: -1)
    let place = free.popLast() ?? nodes.count
    if place == nodes.count { nodes.append(node) } else { nodes[place] = node }
    places[key] = place
    bytes += cost
    link(place)
  }

  private mutating func link(_ place: Int) {
    nodes[place].older = newest
    nodes[place].newer = -1
    if newest >= 0 { nodes[newest].newer = place } else { oldest = place }
    newest = place
  }

  private mutating func unlink(_ place: Int) {
    let node = nodes[place]
    if node.older >= 0 { nodes[node.older].newer = node.newer } else { oldest = node.newer }
    if node.newer >= 0 { nodes[node.newer].older = node.older } else { newest = node.older }
  }
}
