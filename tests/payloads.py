"""Two hundred names that try to run a script."""

from __future__ import annotations

_RUN = "window.__xss=1;alert(1)"
_QUOTED = "window.__xss=1"
_FRAMES = (
    "{}",
    '"{}',
    "'{}",
    '">{}',
    "'>{}",
    "</script>{}",
    "</style>{}",
    "</title>{}",
    "</textarea>{}",
    "]]>{}",
    "-->{}",
    "</svg>{}",
    "</text>{}",
    "</option></select>{}",
    "</td></tr></table>{}",
    "\\u003c/script\\u003e{}",
    "\\{}",
    "a\u2028{}",
    "a\u0000{}",
    "\ufeff{}",
)
_CORES = (
    f"<script>{_RUN}</script>",
    f"<img src=x onerror={_QUOTED}>",
    f"<svg onload={_QUOTED}>",
    f"<svg><script>{_RUN}</script></svg>",
    f'<a href="javascript:{_RUN}">x</a>',
    f"<iframe srcdoc='<script>parent.{_QUOTED}</script>'></iframe>",
    f"<details open ontoggle={_QUOTED}>x</details>",
    f"<math><mtext><style><img src=x onerror={_QUOTED}></style></mtext></math>",
    f"${{{_QUOTED}}}{{{{constructor.constructor('{_QUOTED}')()}}}}",
    f"javascript:{_RUN}//",
)
PAYLOADS = tuple(frame.format(core) for core in _CORES for frame in _FRAMES)
