"""The room `widgets`: one interactive view per module.

`Explorer` lets a person move traffic, error costs, limits and purchase option and see which candidate is worth
it; `apply` writes the choice to params.yaml and to a decision file.
"""

from workbench.widgets.applying import Applied, Choice, apply
from workbench.widgets.explorer import Explorer
from workbench.widgets.page import MIME

__all__ = ["MIME", "Applied", "Choice", "Explorer", "apply"]
