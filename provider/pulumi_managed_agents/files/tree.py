"""Building a tree of nodes from parser events, with the rules that hold for YAML and JSON alike.

One pass and no recursion: depth and size are checked while building, so hostile input ends in a finding and not
in an exhausted stack or memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from pulumi_managed_agents.errors import Finding, InputError
from pulumi_managed_agents.files.node import Node

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_DEPTH = 64
MAX_NODES = 200_000
TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"


class Event(NamedTuple):
    """One step of a parser: ``scalar``, ``map``, ``list``, ``end``, ``alias`` (value: the anchor) or ``merge``."""

    step: str
    line: int
    value: Any = None
    anchor: str | None = None


class Extent(NamedTuple):
    """The size of a value with all aliases written out: its number of values, and its levels."""

    size: int = 1
    height: int = 1


class _Open:
    """A dict or list that is not closed yet."""

    def __init__(self, value: dict[str, Node] | list[Node], event: Event, line: int) -> None:
        self.value = value
        self.anchor = event.anchor
        self.line = line
        self.key: str | None = None
        self.key_line = line
        self.merging = False
        self.inherited: dict[str, Node] = {}
        self.extent = Extent()


class Tree:
    """Takes events one by one; `root` is the finished node, or None while there is no content."""

    def __init__(self, file: str, line_of: Callable[[int], int]) -> None:
        self.root: Node | None = None
        self._file = file
        self._line_of = line_of
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Node, Extent]] = {}

    def take(self, events: Iterable[Event]) -> Node | None:
        """Build the whole tree; raises `InputError` with the first thing that is wrong."""
        for event in events:
            line = self._line_of(event.line)
            if event.step == "end":
                self._close()
            elif self._wants_key():
                self._key(event, line)
            elif event.step in ("map", "list"):
                self._begin(event, line)
            else:
                self._scalar(event, line)
        return self.root

    def _wants_key(self) -> bool:
        if not self._open:
            return False
        top = self._open[-1]
        return isinstance(top.value, dict) and top.key is None and not top.merging

    def _key(self, event: Event, line: int) -> None:
        top = self._open[-1]
        if event.step == "merge":
            top.merging, top.key_line = True, line
            return
        key = self._anchored(event, line)[0].value if event.step == "alias" else event.value
        if event.step in ("map", "list") or not isinstance(key, str):
            self._refuse(line, "a key has to be text; put it in quotes")
        if key in top.value:
            self._refuse(line, f"the key {key!r} is here twice")
        top.key, top.key_line = key, line
        if event.anchor:
            self._anchors[event.anchor] = (Node(key, self._file, line), Extent())

    def _begin(self, event: Event, line: int) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._refuse(line, TOO_DEEP)
        if event.anchor:
            # It counts once its value is finished, so that no alias leads into itself.
            self._anchors.pop(event.anchor, None)
        self._open.append(_Open({} if event.step == "map" else [], event, line))

    def _close(self) -> None:
        done = self._open.pop()
        if isinstance(done.value, dict) and done.inherited:
            done.value = {**done.inherited, **done.value}
        self._add(Node(done.value, self._file, done.line), done.anchor, done.extent)

    def _scalar(self, event: Event, line: int) -> None:
        if event.step == "alias":
            node, extent = self._anchored(event, line)
            self._add(Node(node.value, node.file, line), None, extent)
        else:
            value = "<<" if event.step == "merge" else event.value
            self._add(Node(value, self._file, line), event.anchor, Extent())

    def _anchored(self, event: Event, line: int) -> tuple[Node, Extent]:
        if event.value not in self._anchors:
            self._refuse(line, f"the alias *{event.value} has no finished anchor before it")
        return self._anchors[event.value]

    def _add(self, node: Node, anchor: str | None, extent: Extent) -> None:
        if anchor:
            self._anchors[anchor] = (node, extent)
        if not self._open:
            self.root = node
            return
        top = self._open[-1]
        # With aliases written out: a few lines of nested aliases stand for billions of values.
        top.extent = Extent(top.extent.size + extent.size, max(top.extent.height, extent.height + 1))
        if top.extent.size > MAX_NODES:
            self._refuse(node.line, f"more than {MAX_NODES:,} values, aliases written out")
        if len(self._open) + extent.height > MAX_DEPTH:
            self._refuse(node.line, TOO_DEEP)
        if isinstance(top.value, list):
            top.value.append(node)
        elif top.merging:
            top.merging = False
            self._inherit(top, node)
        elif top.key is not None:
            # Findings about a field point to its key; a block value begins on a later line.
            top.value[top.key] = Node(node.value, node.file, top.key_line)
            top.key = None

    def _inherit(self, top: _Open, node: Node) -> None:
        sources = node.value if isinstance(node.value, list) else [node]
        if not all(isinstance(source.value, dict) for source in sources):
            self._refuse(top.key_line, "`<<` takes a mapping or a list of mappings")
        for source in sources:
            # The first of several mappings wins, as the specification of YAML's merge key has it.
            top.inherited = {**source.value, **top.inherited}

    def _refuse(self, line: int, message: str) -> NoReturn:
        raise InputError([Finding(self._file, line, "", message)])
