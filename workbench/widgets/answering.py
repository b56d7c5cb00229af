"""What the kernel answers to the page: the diff of a choice first, then, once confirmed, that it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import UsageError, WorkbenchError
from workbench.widgets.preview import preview

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workbench.widgets.applying import Choice

CHANGED = "params.yaml changed since this diff was made; nothing was written. Look at the new one."


def answer(
    message: Mapping[str, object], choose: Callable[..., Choice], listeners: Sequence[Callable[[Choice], object]]
) -> dict[str, object] | None:
    """Answer one message of the page.

    Args:
        message: `kind` is `preview` or `apply`; with `candidate`, `settings`, `why`, `who`, and for `apply` the `diff`
            that was confirmed.
        choose: Gives the choice of a candidate: `Explorer.choice`.
        listeners: Called with a choice that was confirmed.

    Returns:
        The reply; None to a message that asks for nothing.
    """
    kind = message.get("kind")
    if kind not in {"preview", "apply"}:
        return None
    replied = "previewed" if kind == "preview" else "applied"
    try:
        choice = _choice(message, choose)
        diff = _diff(choice)
        if kind == "preview":
            return {"kind": "previewed", "ok": True, **diff}
        if "diff" in message and message["diff"] != diff["diff"]:
            return {"kind": "previewed", "ok": True, **diff, "text": CHANGED}
        text = _applied(choice, listeners)
    except WorkbenchError as error:
        return {"kind": replied, "ok": False, "text": str(error)}
    return {"kind": "applied", "ok": True, "text": text, "candidate": choice.candidate}


def _choice(message: Mapping[str, object], choose: Callable[..., Choice]) -> Choice:
    settings, who = message.get("settings"), str(message.get("who") or "").strip()
    return choose(
        str(message.get("candidate")),
        str(message.get("why", "")),
        settings if isinstance(settings, dict) else None,
        who or None,
    )


def _diff(choice: Choice) -> dict[str, str | None]:
    """Give the diff, or say why there is none: a listener may want the choice all the same."""
    try:
        return {"diff": preview(choice), "text": ""}
    except WorkbenchError as error:
        return {"diff": None, "text": str(error)}


def _applied(choice: Choice, listeners: Sequence[Callable[[Choice], object]]) -> str:
    if not listeners:
        raise UsageError("nothing listens to Apply", hint="call explorer.on_apply(widgets.apply) in the notebook")
    said = [str(result) for result in [listener(choice) for listener in listeners] if result is not None]
    return " ".join(said) or "Applied."
