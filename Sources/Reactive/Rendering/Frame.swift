/// What a part of a template is rendered with, besides its scope.
final class Frame {
  /// How deeply partials and components may be nested.
  static let depthLimit = 200

  let partials: [String: Template]
  let components: [String: Component]
  /// The value of the `<select>` around.
  let select: Value?
  /// What `{{yield}}` stands for: the component's element, where it stands.
  let outer: (element: Element, scope: Scope, frame: Frame)?
  /// Whether the output is the value of an attribute, where nothing is raw.
  let isAttribute: Bool
  /// How many partials and components are around.
  let depth: Int

  init(
    partials: [String: Template], components: [String: Component], select: Value? = nil,
    outer: (element: Element, scope: Scope, frame: Frame)? = nil, isAttribute: Bool = false,
    depth: Int = 0
  ) {
    self.partials = partials
    self.components = components
    self.select = select
    self.outer = outer
    self.isAttribute = isAttribute
    self.depth = depth
  }

  /// This frame within a `<select>` with this value.
  func selecting(_ value: Value) -> Frame {
    Frame(
      partials: partials, components: components, select: value, outer: outer,
      isAttribute: isAttribute, depth: depth)
  }

  /// This frame within the value of an attribute.
  func inAttribute() -> Frame {
    Frame(
      partials: partials, components: components, select: select, outer: outer, isAttribute: true,
      depth: depth)
  }

  /// This frame within a partial.
  func deeper(adding partials: [String: Template] = [:]) -> Frame {
    Frame(
      partials: partials.isEmpty ? self.partials : self.partials.merging(partials) { $1 },
      components: components, select: select, outer: outer, isAttribute: isAttribute,
      depth: depth + 1)
  }

  /// This frame for what stands in a component's element, seen from within the component.
  func yielding(depth: Int) -> Frame {
    Frame(
      partials: partials, components: components, select: select, outer: outer,
      isAttribute: isAttribute, depth: depth)
  }

  /// This frame within the component that draws `element`.
  func deeper(
    adding partials: [String: Template], drawing element: Element, in scope: Scope
  ) -> Frame {
    Frame(
      partials: self.partials.merging(partials) { $1 }, components: components, select: select,
      outer: (element, scope, self), isAttribute: isAttribute, depth: depth + 1)
  }
}
