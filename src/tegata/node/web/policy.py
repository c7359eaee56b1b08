"""The content security policy: everything from this actor, nothing inline."""

from collections.abc import Sequence


def policy(form_targets: Sequence[str] = ()) -> str:
    """The policy of a page. ``form_targets`` are origins that its form may lead to.

    Browsers hold a form to ``form-action`` along redirects too, so a page whose POST ends at another organisation (an
    OpenID Connect client, a reader) has to name it.
    """
    directives = {
        "default-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", *form_targets],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "img-src": ["'self'", "data:"],
    }
    return "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
