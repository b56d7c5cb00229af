"""The room `model`: one value that scores rows."""

from workbench.model.features import Feature
from workbench.model.roles import Roles, Task
from workbench.model.value import Member, Model

__all__ = ["Feature", "Member", "Model", "Roles", "Task"]
