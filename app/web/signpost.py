"""What `GET /` answers to somebody who only has the address: what this is, and where to go on."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.web import built_pages, health, oauth
from app.web.taxii.resources import DISCOVERY_PATH

GRAPHQL_PATH = "/graphql"


def route(issuer: str) -> Route:
    """It tells nothing that the metadata would not tell, so it needs no token."""
    text = f"""The Lantern exchange: a GraphQL API through which companies share signals for child safety.

GraphQL        {issuer}{GRAPHQL_PATH} (POST, with an access token)
GraphiQL       {issuer}{built_pages.GRAPHIQL_PATH} (in a browser; people sign in there)
Networks       {issuer}{built_pages.EXPLORE_PATH} (in a browser, as a picture)
TAXII 2.1      {issuer}{DISCOVERY_PATH} (GET, with an access token)
Access tokens  {issuer}{oauth.TOKEN_PATH} (POST, OAuth2 client credentials)
Metadata       {issuer}{oauth.METADATA_PATH}
Health         {issuer}{health.READY_PATH}
"""

    async def answer(_request: Request) -> Response:
        return PlainTextResponse(text)

    return Route("/", answer, methods=["GET"])
