"""Measures pages that do the same work in different ways, in one headless Chromium.

Serves www/ with the scripts under test, opens one window for each contender, and goes through the
scenarios in rounds, taking turns. Prints medians of script time, ratios to Vue and their geometric
mean, whole task time, and the sizes of the scripts that pages load.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import geometric_mean, median

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "Tests" / "Support"), str(ROOT / "Tests" / "Browser")]

from chromium import Page, launch  # noqa: E402
from scripts import script  # noqa: E402

CONTENDERS = ["vue", "vue-shallow", "perigee", "plain"]
SCENARIOS = [
    "create 1,000",
    "update every tenth",
    "swap two",
    "remove one",
    "append 1,000",
    "clear 10,000",
]


def vue(path):
    """Vue's build for browsers: a file, or a wheel that carries it."""
    if path.suffix != ".whl":
        return path.read_bytes()
    archive = zipfile.ZipFile(path)
    name = next(n for n in archive.namelist() if n.endswith("/vue.esm-browser.prod.js"))
    return archive.read(name)


def serve(made):
    """Serves www/, and the given contents by path, so that pages have a precise clock."""

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(HERE / "www"))

        def end_headers(self):
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            super().end_headers()

        def do_GET(self):
            content = made.get(self.path)
            if content is None:
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Contender:
    def __init__(self, driver, name, url):
        driver.switch_to.new_window("window")
        self.page = Page(driver, driver.current_window_handle).open(f"{url}/{name}.html")
        self.page.wait(lambda page: page.run("return Boolean(window.contender)"))
        driver.execute_cdp_cmd("Performance.enable", {})
        self.driver = driver

    def busy(self):
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "TaskDuration") * 1000

    def take(self, scenario):
        """Milliseconds of script, and of everything up to the next frame."""
        self.page.run("await prepare(given)", scenario)
        before = self.busy()
        script_time = self.page.run("return await perform(given)", scenario)
        return script_time, self.busy() - before

    def rows(self):
        return self.page.run("return shown()")


def measure(rounds, warm_up, made):
    server = serve(made)
    driver = launch("js-flags=--expose-gc")
    try:
        url = f"http://127.0.0.1:{server.server_port}"
        contenders = {name: Contender(driver, name, url) for name in CONTENDERS}
        taken = {scenario: {name: [] for name in CONTENDERS} for scenario in SCENARIOS}
        for turn in range(warm_up + rounds):
            for scenario in SCENARIOS:
                for name, contender in contenders.items():
                    sample = contender.take(scenario)
                    if turn >= warm_up:
                        taken[scenario][name].append(sample)
        check(contenders)
        return taken
    finally:
        driver.quit()
        server.shutdown()


def check(contenders):
    """Every contender shows the right rows, or its figures mean nothing."""
    for name, contender in contenders.items():
        contender.page.run(
            """
            await contender.set([1, 2, 3, 4].map((id) => ({ id, label: `row ${id}` })));
            await contender.remove(1);
            await contender.append([{ id: 9, label: "nine" }]);
            await contender.updateTenth();
            """
        )
        wanted = ["1row 1 !!!", "3row 3", "4row 4", "9nine"]
        found = [row.replace("remove", "").replace(" ", "") for row in contender.rows()]
        assert found == [row.replace(" ", "") for row in wanted], (name, found)


def report(taken, made):
    width = max(map(len, SCENARIOS)) + 1
    print(f"{'script time, ms':{width}}" + "".join(f"{name:>20}" for name in CONTENDERS))
    for part, title in enumerate(["", "with layout and paint, ms"]):
        if title:
            print(f"\n{title}")
        ratios = {name: [] for name in CONTENDERS}
        for scenario in SCENARIOS:
            middle = {n: median(s[part] for s in taken[scenario][n]) for n in CONTENDERS}
            line = f"{scenario:{width}}"
            for name in CONTENDERS:
                ratio = max(middle[name], 0.005) / middle["vue"]
                ratios[name].append(ratio)
                line += f"{middle[name]:>13.2f} ({ratio:.2f})"
            print(line)
        means = (f"{geometric_mean(ratios[name]):>20.2f}" for name in CONTENDERS)
        print(f"{'geometric mean':{width}}" + "".join(means))
    print("\nsizes, KiB: plain, gzipped")
    for name, content in made.items():
        packed = gzip.compress(content, 9)
        print(f"{name:{width}}{len(content) / 1024:>8.1f}{len(packed) / 1024:>8.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vue", type=Path, required=True, help="vue.esm-browser.prod.js or a wheel")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--warm-up", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    made = {
        "/ractive.js": script("ractive").encode(),
        "/perigee.js": script("client").encode(),
        "/vue.js": vue(given.vue),
    }
    taken = measure(given.rounds, given.warm_up, made)
    if given.json:
        print(json.dumps(taken))
    else:
        report(taken, made)


if __name__ == "__main__":
    main()
