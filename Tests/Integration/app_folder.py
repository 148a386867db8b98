"""A folder of apps that a test writes, and edits as people's editors do."""

from __future__ import annotations

import os
import shutil
import textwrap
from pathlib import Path

from perigee_host import Host


class AppFolder:
    """The folders that one host serves."""

    def __init__(self, plugins: Path, www: Path):
        self.plugins = plugins
        self.www = www
        plugins.mkdir(parents=True, exist_ok=True)
        www.mkdir(parents=True, exist_ok=True)

    def serve(self, *args: str, env: dict[str, str] | None = None) -> Host:
        return Host.start(plugins=self.plugins, www=self.www, args=args, env=env)

    def save(self, name: str, text: str) -> None:
        """Replaces a file in one step, as most editors do: written aside, then renamed."""
        path = self._path(name)
        aside = path.with_name(f".{path.name}.saving")
        aside.write_text(textwrap.dedent(text), encoding="utf-8")
        os.replace(aside, path)

    def save_in_place(self, name: str, text: str) -> None:
        """Empties the file and writes it anew."""
        self._path(name).write_text(textwrap.dedent(text), encoding="utf-8")

    def delete(self, name: str) -> None:
        path = self.plugins / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

    def _path(self, name: str) -> Path:
        path = self.plugins / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path
