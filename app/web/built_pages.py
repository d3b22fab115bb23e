"""The pages for people, GraphiQL and the picture of a network, as they are built of `explorer/`."""

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from app.rules.frontends import EXPLORER
from app.web.compression import takes_gzip
from app.web.origins import origin_of

GRAPHIQL_PATH, EXPLORE_PATH = EXPLORER.sends_back_to
ASSETS_PATH = "/explorer/assets/{name}"
# Of the packages whose code the pages have.
LICENCES_PATH = "/explorer/licences.md"

# Names that the build gives: no directory, none that begins with a dot.
_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
# A name changes with what the file holds, so nobody has to ask again.
_FOR_GOOD = "public, max-age=31536000, immutable"

# Monaco writes the colours of its theme into a style element and the place of a word into a style attribute, so its
# page takes styles from within; scripts come from files alone. It draws its squiggles as data: images.
_MONACO = "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; worker-src 'self'"
_PICTURE = "style-src 'self'; img-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'"
# Monaco's workers obey the policy of their own files: they may load scripts of ours, and talk to nobody.
_ASSET_POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'none'"

_NOT_BUILT = """This page has not been built yet; the exchange itself serves as ever.

scripts/run builds it when it starts, with packages from the npm registry: see what it said there, and start it again.
Where LANTERN_EXPLORER names a directory, it holds no such page.
"""


def routes(directory: Path | None, issuer: str) -> list[Route]:
    """`directory` is what the build wrote; where it holds nothing, or is null, the pages say so."""
    pages = {GRAPHIQL_PATH: _MONACO, EXPLORE_PATH: _PICTURE}
    if directory is None:
        return [Route(path, _not_built) for path in pages]
    return [
        *(Route(path, _Page(directory / f"{path[1:]}.html", issuer, own).answer) for path, own in pages.items()),
        Route(ASSETS_PATH, _Assets(directory / "explorer" / "assets").answer),
        Route(LICENCES_PATH, _Licences(directory / "explorer" / "licences.md").answer),
    ]


async def _not_built(_request: Request) -> Response:
    return PlainTextResponse(_NOT_BUILT, 503)


def _no_such_file() -> Response:
    return PlainTextResponse("There is no such file.", 404)


class _Page:
    def __init__(self, file: Path, issuer: str, policy: str) -> None:
        self._file = file
        self._headers = {
            "Content-Security-Policy": f"default-src 'none'; script-src 'self'; {policy}; connect-src 'self'"
            f" {_sockets(issuer)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
        }

    async def answer(self, request: Request) -> Response:
        if not self._file.is_file():
            return await _not_built(request)
        return FileResponse(self._file, headers={**self._headers, "Cache-Control": "no-store"})


class _Assets:
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    async def answer(self, request: Request) -> Response:
        name = str(request.path_params["name"])
        file = self._directory / name
        media_type = _TYPES.get(file.suffix)
        if not _NAME.fullmatch(name) or media_type is None or not file.is_file():
            return _no_such_file()
        headers = {"Cache-Control": _FOR_GOOD, "Vary": "Accept-Encoding"}
        accepted = ", ".join(request.headers.getlist("accept-encoding"))
        packed = file.with_name(f"{name}.gz")
        if takes_gzip(accepted) and packed.is_file():
            file = packed
            headers["Content-Encoding"] = "gzip"
        headers["ETag"] = f'"{file.name}"'
        if headers["ETag"] in request.headers.get("if-none-match", "").replace(" ", "").split(","):
            return Response(status_code=304, headers=headers)
        headers |= {"Content-Security-Policy": _ASSET_POLICY, "Cross-Origin-Resource-Policy": "same-origin"}
        return FileResponse(file, headers=headers, media_type=media_type)


class _Licences:
    def __init__(self, file: Path) -> None:
        self._file = file

    async def answer(self, _request: Request) -> Response:
        if not self._file.is_file():
            return _no_such_file()
        return FileResponse(self._file, headers={"Cache-Control": "no-cache"}, media_type="text/plain; charset=utf-8")


def _sockets(issuer: str) -> str:
    """The origin for WebSockets, as not every browser takes 'self' for it."""
    return origin_of(issuer).replace("http", "ws", 1)
