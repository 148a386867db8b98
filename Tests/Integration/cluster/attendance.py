"""Who is there, as one client is told. Pure: takes what the host sends, answers names.

It trusts nothing: a join of somebody who is there, or a leave of somebody who is not, is noted.
"""

from __future__ import annotations

from typing import Any, Mapping


class Attendance:
    """One client's view of a channel."""

    def __init__(self) -> None:
        self._present: dict[str, list] = {}
        self.states = 0
        self.oddities: list[str] = []

    @property
    def names(self) -> set[str]:
        return set(self._present)

    @property
    def doubled(self) -> set[str]:
        """Who is there more than once."""
        return {name for name, metas in self._present.items() if len(metas) != 1}

    def state(self, present: Mapping[str, Any]) -> None:
        """All who are there, told once when a client begins to follow."""
        self.states += 1
        self._present = {name: list(entry["metas"]) for name, entry in present.items()}

    def difference(self, joins: Mapping[str, Any], leaves: Mapping[str, Any]) -> None:
        """An update is a leave and a join of the same entry."""
        for name, entry in leaves.items():
            for meta in entry["metas"]:
                self._leave(name, meta)
        for name, entry in joins.items():
            self._present.setdefault(name, []).extend(entry["metas"])

    def _leave(self, name: str, meta: Any) -> None:
        metas = self._present.get(name, [])
        if meta not in metas:
            self.oddities.append(f"{name} left and was not there")
            return
        metas.remove(meta)
        if not metas:
            del self._present[name]
