// The tree of a template, as `TemplateParser` makes it and `Renderer` walks it. Whether an element
// is a component is seen only when it is rendered. All parts are immutable.

/// A part of a template.
enum Node: Sendable {
  /// HTML that goes to the output as it is.
  case text([UInt8])
  /// A mustache; raw ones are not escaped.
  case value(Expression, isRaw: Bool)
  case section(Section)
  case partial(PartialUse)
  case element(Element)
  /// What stood between the tags of the component's element, or its inline partial of a name.
  case yield(String?)
  /// An attribute; only in the attributes of an element.
  case attribute(Attribute)
}

/// `{{#…}}` and `{{^…}}` with what they show.
final class Section: Sendable {
  enum Kind: String, Sendable {
    case section, each, `if`, unless, with
  }

  let kind: Kind
  let expression: Expression
  let aliases: [Alias]
  let body: [Node]
  /// What is shown otherwise.
  let other: [Node]

  init(kind: Kind, expression: Expression, aliases: [Alias], body: [Node], other: [Node]) {
    self.kind = kind
    self.expression = expression
    self.aliases = aliases
    self.body = body
    self.other = other
  }
}

/// A name that a section gives to something.
struct Alias: Sendable {
  enum Meaning: Sendable {
    case item, key, index
    case expression(Expression)
  }

  let name: String
  let meaning: Meaning

  var expression: Expression? {
    if case .expression(let expression) = meaning { expression } else { nil }
  }
}

/// `{{>name}}`
final class PartialUse: Sendable {
  enum Name: Sendable {
    case fixed(String)
    case computed(Expression)
  }

  let name: Name
  let context: Expression?
  /// White space that comes before each line of the partial.
  let indent: String

  init(name: Name, context: Expression?, indent: String) {
    self.name = name
    self.context = context
    self.indent = indent
  }
}

/// An element with its attributes and contents.
final class Element: Sendable {
  /// Elements whose attributes or contents two-way binding fills in.
  enum Kind: Sendable {
    case plain, input, select, option, textarea
  }

  /// As the source writes it.
  let name: String
  let kind: Kind
  let attributes: [Node]
  let body: [Node]
  /// Whether the element has neither contents nor an end tag.
  let isVoid: Bool
  /// The inline partials between its tags, if it may be a component.
  let partials: [String: Template]
  /// The start tag, when nothing in it depends on data.
  let startTag: [UInt8]?
  let endTag: [UInt8]

  init(
    name: String, kind: Kind, attributes: [Node], body: [Node], isVoid: Bool,
    partials: [String: Template], startTag: [UInt8]?
  ) {
    self.name = name
    self.kind = kind
    self.attributes = attributes
    self.body = body
    self.isVoid = isVoid
    self.partials = partials
    self.startTag = startTag
    endTag = isVoid ? [] : Array("</\(name)>".utf8)
  }
}

/// An attribute that the output may have.
final class Attribute: Sendable {
  enum Kind: Sendable {
    /// No value is given.
    case bare
    /// The source's text.
    case fixed([UInt8])
    /// The value is one mustache.
    case single(Expression)
    /// Text and mustaches.
    case mixed([Node])
    /// `class-NAME`: a class, if the expression is true.
    case toggledClass(Expression)
    /// `style-NAME`: a declaration of the attribute `style`.
    case style([Node])
  }

  /// As the source writes it; for classes and styles the name of the class or property.
  let name: String
  let lowercaseName: String
  let kind: Kind

  init(name: String, kind: Kind) {
    self.name = name
    lowercaseName = name.lowercased()
    self.kind = kind
  }
}
