"""Routes of paths whose parts may hold anything."""

import re
from urllib.parse import unquote

from starlette.routing import Match
from starlette.routing import Route as HttpRoute
from starlette.types import Scope


class QuotedRoute(HttpRoute):
    """A route whose ids may hold anything that is quoted, a slash, too: it matches the path as it was sent."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match the quoted path, part by part."""
        raw = scope.get("raw_path")
        if scope["type"] != "http" or not raw:
            return super().matches(scope)
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(f"(?P<root>.*?){pattern}", raw.decode("latin-1"))
        if found is None or unquote(found["root"]) != scope.get("root_path", ""):
            return Match.NONE, {}
        names = {name: unquote(text, errors="replace") for name, text in found.groupdict().items() if name != "root"}
        params = {**scope.get("path_params", {}), **names}
        matched = Match.FULL if self.methods is None or scope["method"] in self.methods else Match.PARTIAL
        return matched, {"endpoint": self.endpoint, "path_params": params}
