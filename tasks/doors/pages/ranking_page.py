"""The one importer of FastAPI: a blind ranking page for people, which needs no scripts.

Turns ballots into pages and forms into ranks. Knows raters, slots and aspects and never hears of a
system: what it does not know it cannot give away. A desk keeps the votes.
"""

import hmac
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException as Fault

from schemas.tables.ballot import Ballot, Desk, ranks_of, require_whole
from schemas.tables.vote import MEANINGS, NAME_CHARS

Render = Callable[[str, Mapping[str, Any]], str]
"""Makes HTML of a template's name and values, every text escaped."""
_Next = Callable[[Request], Awaitable[Response]]
_Form = Mapping[str, str]

_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; img-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Without any referrer the browser would not say whose form it posts.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_STATIC = Path(__file__).parent / "templates"
_FILES = ("ranking.css", "ranking.js")
_PAGE = "ranking.html.j2"
_MOST_BYTES = 65_536
"""Of a posted form."""
_IS_OPEN = "open"


def application(desk: Desk, render: Render, token: str | None = None) -> FastAPI:
    """Return the page as an application.

    Args:
        desk: Keeps the votes.
        render: Makes HTML.
        token: What the address of a first visit must hold; None where anybody may come in.
    """
    page = _Page(desk, render, token)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.middleware("http")
    async def _guard(request: Request, go_on: _Next) -> Response:
        response = page.refuses(request) or await go_on(request)
        response.headers.update(_HEADERS)
        return response

    @app.exception_handler(Fault)
    def _fault(_: Request, fault: Fault) -> Response:
        return page.fault(fault.status_code, str(fault.detail))

    # Plain functions: the disk is waited for in a thread, and others are served meanwhile.
    app.state.page = page
    for path, answer in (("/", page.show), ("/favicon.ico", _icon), ("/{name}", _file)):
        app.get(path)(answer)
    for action in (page.name, page.leave, page.vote, page.undo):
        app.post(f"/{action.__name__}")(action)
    return app


async def _sent(request: Request) -> dict[str, str]:
    """Return the fields of a form that a page of ours has sent."""
    form = await request.form()
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    request.app.state.page.require_ours(request, fields)
    return fields


_Sent = Annotated[dict[str, str], Depends(_sent)]


def _icon() -> Response:
    return Response(status_code=204)


def _file(name: str) -> Response:
    if name not in _FILES:
        raise HTTPException(404, "There is no such page.")
    return FileResponse(_STATIC / name)


class _Page:
    """The ranking page of one desk."""

    def __init__(self, desk: Desk, render: Render, token: str | None) -> None:
        self._desk, self._render, self._token = desk, render, token
        # Browsers share the cookies of all ports of a machine: each ranking has names of its own.
        self._rater_cookie, self._door_cookie = f"rater-{desk.key}", f"door-{desk.key}"

    def show(self, request: Request) -> Response:
        """Ask who it is, show what they shall judge, or say that nothing is left."""
        rater = self._rater(request)
        return self._ask_name() if rater is None else self._ballot(rater, self._desk.ballot(rater))

    def name(self, form: _Sent) -> Response:
        """Remember who they say they are."""
        try:
            rater = self._desk.enter(form.get("name", ""))
        except ValueError as e:
            return self._ask_name(fault=f"{e}.", status=422)
        response = RedirectResponse("/", 303)
        self._give(response, self._rater_cookie, rater)
        return response

    def leave(self, _: _Sent) -> Response:
        """Forget who they are; their votes stay."""
        response = RedirectResponse("/", 303)
        response.delete_cookie(self._rater_cookie, httponly=True, samesite="strict")
        return response

    def vote(self, request: Request, form: _Sent) -> Response:
        """Keep a vote and go on; where that fails, show the form as it was filled."""
        rater, given, ranks = self._known(request), form.get("ballot", ""), ranks_of(form)
        is_skipped = form.get("do") == "skip"
        ballot = self._desk.ballot(rater)
        try:
            # A form that comes twice belongs to a ballot that is not open any more: it is kept already.
            if ballot and ballot.id == given and not is_skipped:
                require_whole(ranks, len(ballot.answers))
            self._desk.save(rater, given, None if is_skipped else ranks)
        except ValueError as e:
            return self._again(rater, ballot, form, f"{e}.", 422)
        except OSError as e:
            why = f"Not saved: {_words(e)}. Your choices are still here; try once more."
            return self._again(rater, ballot, form, why, 507)
        return RedirectResponse("/", 303)

    def undo(self, request: Request, form: _Sent) -> Response:
        """Take the last vote back and show it once more."""
        rater = self._known(request)
        try:
            self._desk.undo(rater, form.get("vote", ""))
        except OSError as e:
            why = f"Not taken back: {_words(e)}. Try once more."
            return self._again(rater, self._desk.ballot(rater), {}, why, 507)
        return RedirectResponse("/", 303)

    def fault(self, status: int, message: str) -> Response:
        """Say in one line what is wrong."""
        return self._html({"view": "fault", "fault": message}, None, status=status)

    def require_ours(self, request: Request, form: _Form) -> None:
        """Refuse a form that no page of ours has sent."""
        wanted = self._csrf(self._rater(request))
        if not hmac.compare_digest(form.get("csrf", "").encode(), wanted.encode()):
            raise HTTPException(403, "This form is from an older page; go back to the start.")

    def refuses(self, request: Request) -> Response | None:
        """Return what a request gets that may not come in; None where it may."""
        if request.method not in ("GET", "HEAD"):
            length = request.headers.get("content-length", "")
            if not length.isdecimal() or int(length) > _MOST_BYTES:
                return self.fault(413, "This form is too large.")
        if self._token is None or self._said(request, self._door_cookie) == _IS_OPEN:
            return None
        given = request.query_params.get("token", "")
        if not hmac.compare_digest(given.encode(), self._token.encode()):
            return self.fault(403, "Open the address that evolflow rank serve has printed.")
        # No redirect: a browser that follows a link from elsewhere would not send the cookie along.
        response = self._ask_name()
        self._give(response, self._door_cookie, _IS_OPEN)
        return response

    def _again(
        self, rater: str, ballot: Ballot | None, form: _Form, fault: str, status: int
    ) -> Response:
        """Show a ballot with what was filled in, if it is the one that was filled in."""
        if ballot is not None and form.get("ballot") == ballot.id:
            ballot = ballot._replace(ranks=ranks_of(form))
        return self._ballot(rater, ballot, fault=fault, status=status)

    def _ballot(
        self, rater: str, ballot: Ballot | None, *, fault: str = "", status: int = 200
    ) -> Response:
        values = {
            "view": "ballot" if ballot else "done", "ballot": ballot, "style": self._desk.style,
            "meanings": MEANINGS, "progress": self._desk.progress(rater), "fault": fault,
        }  # fmt: skip
        return self._html(values, rater, status=status)

    def _ask_name(self, *, fault: str = "", status: int = 200) -> Response:
        values = {"view": "name", "name_chars": NAME_CHARS, "fault": fault}
        return self._html(values, None, status=status)

    def _html(self, values: Mapping[str, Any], rater: str | None, *, status: int = 200) -> Response:
        base = {"rater": rater, "csrf": self._csrf(rater)}
        return HTMLResponse(self._render(_PAGE, {**base, **values}), status)

    def _csrf(self, rater: str | None) -> str:
        return self._desk.sign("form", rater or "")

    def _rater(self, request: Request) -> str | None:
        return self._said(request, self._rater_cookie)

    def _known(self, request: Request) -> str:
        rater = self._rater(request)
        if rater is None:
            raise HTTPException(403, "Say who you are first: go back to the start.")
        return rater

    def _said(self, request: Request, name: str) -> str | None:
        """Return what a cookie of ours says; None where there is none, or it is not ours."""
        seal, _, hexed = request.cookies.get(name, "").partition(".")
        try:
            text = bytes.fromhex(hexed).decode()
        except ValueError:
            return None
        is_ours = hmac.compare_digest(seal.encode(), self._desk.sign(name, text).encode())
        return text if is_ours else None

    def _give(self, response: Response, name: str, text: str) -> None:
        sealed = f"{self._desk.sign(name, text)}.{text.encode().hex()}"
        response.set_cookie(name, sealed, httponly=True, samesite="strict")


def _words(e: OSError) -> str:
    """Return what the system says, without a path: raters need not know where votes lie."""
    return (e.strerror or "the votes cannot be written").lower()
