"""What a token is worth now, told to those who may know (RFC 7662)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import JSONResponse, Response

from app.errors import Unauthenticated
from app.rules.actor import Actor
from app.rules.auth_methods import AuthMethod
from app.rules.dpop import SCHEME
from app.rules.frontends import client_name
from app.rules.ids import Prefix, shown
from app.rules.tokens import AccessTokens, Claims
from app.services import tokens
from app.web.authorization_server import Issuing
from app.web.oauth_errors import UnknownClientError
from app.web.oauth_request import FormRequest

# The same of what is expired, revoked, forged or of somebody whose tokens are not the asking client's to know.
INACTIVE: Mapping[str, object] = {"active": False}


async def answer(issuing: Issuing, session: AsyncSession, form: FormRequest, at: datetime) -> Response:
    """Raises: OAuth2Error unless a client asks that has shown that it is that client."""
    asking = await session.run_sync(lambda opened: issuing.authentication.client_behind(opened, form, at))
    if asking.auth_method is AuthMethod.NONE:
        raise UnknownClientError
    try:
        claims = issuing.access_tokens.check(form.form["token"], at)
        actor = await tokens.actor_known_to(session, asking, claims, at)
    except Unauthenticated:
        told = INACTIVE
    else:
        told = _worth(issuing.access_tokens, claims, actor)
    return JSONResponse(told, headers={"Cache-Control": "no-store", "Pragma": "no-cache"})


def _worth(access_tokens: AccessTokens, claims: Claims, actor: Actor) -> Mapping[str, object]:
    name = client_name(claims.client_id)
    told: dict[str, object] = {
        "active": True,
        "scope": " ".join(sorted(actor.scopes)),
        "client_id": name,
        "sub": name if actor.person_id is None else shown(Prefix.PERSON, actor.person_id),
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
        "iss": access_tokens.issuer,
        "aud": access_tokens.audience,
        "token_type": "Bearer" if claims.bound_to is None else SCHEME,
    }
    return told if claims.bound_to is None else told | {"cnf": {"jkt": claims.bound_to}}
