extension MicroCase {
  /// Every case, in the order in which it is counted.
  public static let all = decoder + encoder + queue + bridge + topics + history
}
