"""What every answer carries against misuse: CSRF tokens and security headers."""

from flask import Response, current_app, request
from flask_wtf import CSRFProtect

csrf = CSRFProtect()

POLICY = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; media-src 'self' blob:; "
    "worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STRICT = POLICY.format(wasm="")
SCANNER = POLICY.format(wasm=" 'wasm-unsafe-eval'")
"""The scanner decodes pictures with WebAssembly where the browser has no detector of its own."""


def protect(response: Response) -> Response:
    """Add the security headers to an answer."""
    gate = request.path.startswith("/gate/")
    headers = response.headers
    headers.setdefault("Content-Security-Policy", SCANNER if gate else STRICT)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault(
        "Permissions-Policy",
        f"camera=({'self' if gate else ''}), microphone=(), geolocation=(), payment=()",
    )
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store" if request.path != "/" else "no-cache"
    return response
