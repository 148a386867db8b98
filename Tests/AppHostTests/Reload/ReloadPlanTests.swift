import Testing

@testable import AppHost

@Suite("A reload plan")
struct ReloadPlanTests {
  private func plan(_ paths: String...) -> ReloadPlan {
    ReloadPlan(changed: Set(paths), plugins: "/p", www: "/w")
  }

  @Test(
    "finds the app of a script, a module, a manifest and a folder",
    arguments: [
      "/p/a.lua", "/p/a", "/p/a/init.lua", "/p/a/lib/x/y.lua", "/p/a/app.toml", "/p/a/www",
    ])
  func apps(path: String) {
    #expect(plan(path).apps == ["a"])
    #expect(plan(path).pages.isEmpty)
  }

  @Test("finds the page of a file and knows stylesheets")
  func pages() {
    #expect(
      plan("/p/a/www/x/y.html").pages == [
        .init(app: "/a", path: "/a/x/y.html", isStyle: false, file: "/p/a/www/x/y.html")
      ])
    #expect(
      plan("/w/site.css").pages == [
        .init(app: nil, path: "/site.css", isStyle: true, file: "/w/site.css")
      ])
    #expect(plan("/p/a/www/x.css").apps.isEmpty)
  }

  @Test(
    "ignores what editors write for themselves",
    arguments: [
      "/p/.a.lua.swp", "/p/a/init.lua~", "/p/a/4913", "/w/.git/x", "/p/a/#init.lua#", "/q/a.lua",
    ])
  func scratch(path: String) {
    #expect(plan(path).apps.isEmpty)
    #expect(plan(path).pages.isEmpty)
  }

  @Test("reads everything when the folder itself changed")
  func everything() {
    #expect(plan("/p").isEverything)
    #expect(!plan("/p/a.lua").isEverything)
  }
}
