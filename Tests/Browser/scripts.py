"""The browser scripts as a host would serve them, put together without building a host.

`script(name)` joins the files that BrowserScript.swift lists, by the rules of ScriptContent.swift.
"""

from __future__ import annotations

import re
from pathlib import Path

BROWSER = Path(__file__).resolve().parents[2] / "Sources" / "Browser"


def script(name):
    """The text of a script: "client", "ractive" or "dev"."""
    return served(files(name))


def files(name):
    """The source files of a script, in their order."""
    catalogue = (BROWSER / "BrowserScript.swift").read_text()
    listed = {
        list_name: re.findall(r"PackageResources\.(\w+)_js", body)
        for list_name, body in re.findall(r"static let (\w+)[^=]*= ([^=]*?\n?  \]|\S.*)\n", catalogue)
    }
    content = re.search(rf"static let {name}Content = ScriptContent\(files: (.*?)\)\n", catalogue, re.S)
    names = re.findall(r"PackageResources\.(\w+)_js", content[1])
    names = names or [file for part in content[1].split(" + ") for file in listed[part.strip()]]
    folders = {path.stem: path for path in (BROWSER / "Scripts").rglob("*.js")}
    return [folders[file] for file in names]


def served(paths):
    """These files as one classic script: in one function scope, without comments and indentation."""
    lines = ["(() => {", '"use strict";']
    for path in paths:
        for line in path.read_text().split("\n"):
            code = line.lstrip(" ")
            if code and not code.startswith(("*", "//", "/*")):
                lines.append(code)
    return "\n".join([*lines, "})();", ""])
