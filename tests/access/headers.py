"""What each answer has to carry, whoever asks for whatever."""

from typing import Any

from portal import middleware

# The same for everybody, so that browsers may keep them.
KEPT_BY_BROWSERS = {"accounts:clinic_css", "articles:figure"}
# The one style that the rich-text editor puts in, on the pages that have it.
EDITOR_STYLE = "'sha256-"

ALWAYS = {
    **middleware.HEADERS,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
POLICY = {
    "default-src": "'none'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
    "report-uri": "/csp-report/",
    "report-to": "csp",
}
NEVER = ("Access-Control-Allow-Origin", "Server", "X-Powered-By", "X-Injected")


def wrong_headers(response: Any, name: str = "", *, signed_in: bool = False) -> list[str]:
    """What is missing or should not be there, in words."""
    wrong = [
        f"{header} is {response.get(header)!r}"
        for header, value in ALWAYS.items()
        if response.get(header) != value
    ]
    wrong += [f"{header} is there" for header in NEVER if header in response]
    sent = response.get("Content-Security-Policy", "").split(";")
    policy = dict(one.strip().partition(" ")[::2] for one in sent)
    scripts, styles = policy.pop("script-src", "").split(), policy.pop("style-src", "").split()
    if policy != POLICY:
        wrong.append(f"policy {policy}")
    if [one for one in scripts if one != "'self'" and not one.startswith("'nonce-")]:
        wrong.append(f"scripts {scripts}")
    if [one for one in styles if one != "'self'" and not one.startswith(EDITOR_STYLE)]:
        wrong.append(f"styles {styles}")
    if not scripts or not styles:
        wrong.append("no policy for scripts or styles")
    kind = response.get("Content-Type", "")
    if kind.startswith(("text/", "application/json")) and "utf-8" not in kind.lower():
        # JSON is UTF-8 by itself.
        wrong += [] if kind == "application/json" else [f"Content-Type {kind}"]
    cached = response.get("Cache-Control", "")
    personal = signed_in and name not in KEPT_BY_BROWSERS
    if (personal or response.cookies) and "no-store" not in cached:
        wrong.append(f"Cache-Control {cached!r}")
    for cookie in response.cookies.values():
        if cookie["samesite"] != "Lax" or (cookie.key != "theme" and cookie["domain"]):
            wrong.append(f"cookie {cookie.key}")
    return wrong
