struct PageRenderer {
  let page: LivePage

  init(
    page: LivePage, visit: PageVisit, assets: PageAssets, report: (ReactiveError) -> Void
  ) { self.page = page }

  mutating func render(
    bindings: [BindingFill], widgets: [WidgetFill]
  ) throws(ReactiveError) -> String { "" }
}
