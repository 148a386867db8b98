// The scripts that the host serves to browsers, built into the executable.
// The host's HTTP routes ask here for bytes, content type and version. Each script is put together
// once, at its first use. Nothing here reads a file or knows of HTTP.

/// A script that every host serves, without anything to download or install.
public enum BrowserScript: CaseIterable, Sendable {
  /// Perigee's Socket.IO client: defines the globals `io` and `perigee`.
  case client
  /// The reactive pages: defines the globals `Ractive` and, in `perigee`, bindings and widgets.
  case ractive
  /// Live reload and the error overlay, for pages served in development.
  case dev

  /// The path at which pages load the script.
  public var path: String {
    switch self {
    case .client: "/perigee.js"
    case .ractive: "/ractive.js"
    case .dev: "/perigee/dev.js"
    }
  }

  /// The value of the `Content-Type` header.
  public var contentType: String { "text/javascript; charset=utf-8" }

  /// The script as people read it: for development.
  public var readable: ScriptContent {
    switch self {
    case .client: Self.clientContent
    case .ractive: Self.ractiveContent
    case .dev: Self.devContent
    }
  }

  /// The script in few bytes. `scripts/minify` makes it from the readable one.
  public var minified: ScriptContent {
    switch self {
    case .client: Self.minifiedClient
    case .ractive: Self.minifiedRactive
    case .dev: Self.devContent
    }
  }

  private static let minifiedClient = ScriptContent(bytes: PackageResources.client_min_js)
  private static let minifiedRactive = ScriptContent(bytes: PackageResources.ractive_min_js)

  private static let clientContent = ScriptContent(files: [
    PackageResources.emitter_js,
    PackageResources.packet_js,
    PackageResources.transports_js,
    PackageResources.engine_js,
    PackageResources.manager_js,
    PackageResources.presence_js,
    PackageResources.socket_js,
    PackageResources.io_js,
  ])

  private static let ractiveContent = ScriptContent(files: template + view + binding)

  /// The template language.
  private static let template: [[UInt8]] = [
    PackageResources.scanner_js,
    PackageResources.expression_js,
    PackageResources.values_js,
    PackageResources.scope_js,
    PackageResources.evaluate_js,
    PackageResources.safety_js,
    PackageResources.tags_js,
    PackageResources.attributes_js,
    PackageResources.template_js,
    PackageResources.html_js,
    PackageResources.elements_js,
  ]
  /// The DOM, and Ractive's interface.
  private static let view: [[UInt8]] = [
    PackageResources.keypath_js,
    PackageResources.change_js,
    PackageResources.arrays_js,
    PackageResources.reads_js,
    PackageResources.observer_js,
    PackageResources.computed_js,
    PackageResources.context_js,
    PackageResources.listeners_js,
    PackageResources.list_js,
    PackageResources.block_js,
    PackageResources.blueprint_js,
    PackageResources.text_js,
    PackageResources.section_js,
    PackageResources.partial_js,
    PackageResources.attribute_js,
    PackageResources.field_js,
    PackageResources.event_js,
    PackageResources.decorator_js,
    PackageResources.component_js,
    PackageResources.hydrate_js,
    PackageResources.accessors_js,
    PackageResources.rendering_js,
    PackageResources.ractive_js,
  ]
  /// Models, widgets and forms.
  private static let binding: [[UInt8]] = [
    PackageResources.schema_js,
    PackageResources.pointer_js,
    PackageResources.patch_js,
    PackageResources.held_js,
    PackageResources.channel_js,
    PackageResources.connection_js,
    PackageResources.errors_js,
    PackageResources.form_js,
    PackageResources.binding_js,
    PackageResources.widget_js,
    PackageResources.page_js,
  ]

  private static let devContent = ScriptContent(files: [
    PackageResources.overlay_js,
    PackageResources.toast_js,
    PackageResources.stylesheets_js,
    PackageResources.feed_js,
  ])
}
