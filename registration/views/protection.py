"""What every answer carries against misuse: CSRF tokens and security headers."""

from flask import Response, current_app, request
from flask_wtf import CSRFProtect

csrf = CSRFProtect()

POLICY = (
    "default-src 'none'; script-src 'self'{wasm}; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; media-src 'self' blob:; "
    "worker-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
STRICT = POLICY.format(wasm="")
SCANNER = POLICY.format(wasm=" 'wasm-unsafe-eval'")
"""The scanner decodes pictures with WebAssembly where the browser has no detector of its own."""


def _headers(policy: str, camera: str) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", f"camera=({camera}), microphone=(), geolocation=(), payment=()"),
    )


WITHOUT_CAMERA = _headers(STRICT, "")
WITH_CAMERA = _headers(SCANNER, "self")


def protect(response: Response) -> Response:
    """Add the security headers to an answer."""
    headers = response.headers
    own = headers.get("Content-Security-Policy")
    headers.extend(WITH_CAMERA if request.path.startswith("/gate/") else WITHOUT_CAMERA)
    if own:  # a page for a frame brings one of its own, which is stricter
        headers["Content-Security-Policy"] = own
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    return response
