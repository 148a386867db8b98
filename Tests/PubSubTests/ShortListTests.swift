import PubSub
import Testing

@Suite struct ShortListTests {
  @Test("is what an array would be, whatever is added, changed and taken out")
  func likeAnArray() {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      var list = ShortList<Int>()
      var model: [Int] = []
      for step in 0..<30 {
        switch Int.random(in: 0..<6, using: &random) {
        case 0 where !model.isEmpty:
          let index = Int.random(in: model.indices, using: &random)
          #expect(list.remove(at: index) == model.remove(at: index))
        case 1 where !model.isEmpty:
          let index = Int.random(in: model.indices, using: &random)
          list[index] = -step
          model[index] = -step
        case 2 where !model.isEmpty:
          #expect(list.removeLast() == model.removeLast())
        default:
          list.append(step)
          model.append(step)
        }
        #expect(Array(list) == model)
        var visited: [Int] = []
        list.visit { visited.append($0) }
        #expect(visited == model)
        #expect(list.count == model.count && list.first == model.first && list.last == model.last)
      }
    }
  }

  @Test("with one element takes no memory beside its own")
  func inPlace() {
    var list = ShortList<AnyObject>()
    list.append(Guest())
    #expect(MemoryLayout.size(ofValue: list) == 2 * MemoryLayout<Int>.size)
    weak let guest = list.first as? Guest
    #expect(guest != nil)
    list.remove(at: 0)
    #expect(guest == nil && list.isEmpty)
  }

  private final class Guest {}
}
