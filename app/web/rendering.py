"""Our own pages for people: how they are written, and what a browser may do with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_PAGES = Path(__file__).parent / "pages"
STYLE_PATH = "/oauth/style.css"
# Seconds that a browser keeps the style; it is small.
_STYLE_SECONDS = 300

_templates = Environment(
    loader=FileSystemLoader(_PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


def page(name: str, *, status: int = 200, forms_to: Sequence[str] = (), **given: Any) -> Response:
    """A page; its forms lead here and, through us, to the origins `forms_to`."""
    text = _templates.get_template(f"{name}.html").render(style=STYLE_PATH, **given)
    return HTMLResponse(text, status, headers=_headers(forms_to))


def _headers(forms_to: Sequence[str]) -> dict[str, str]:
    """Without scripts, frames and anything from elsewhere; see the tests for what each of them keeps off."""
    policy = {
        "default-src": "'none'",
        "style-src": "'self'",
        # A browser follows it for the redirect after a form too.
        "form-action": " ".join(["'self'", *forms_to]),
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "X-Frame-Options": "DENY",
        # The address of a page can hold a link to set a password.
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


def style_route() -> Route:
    text = (_PAGES / "style.css").read_text()

    async def answer(_request: Request) -> Response:
        return Response(text, media_type="text/css", headers={"Cache-Control": f"public, max-age={_STYLE_SECONDS}"})

    return Route(STYLE_PATH, answer, methods=["GET"])
