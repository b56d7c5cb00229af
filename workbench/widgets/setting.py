"""A setting of the explorer as an attribute: reading gives what is set, writing moves the view on the screen too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol, Self

    class Movable(Protocol):
        """What has settings."""

        @property
        def settings(self) -> Mapping[str, Any]:
            """What is set."""

        def move(self, **changes: object) -> None:
            """Set settings."""


Value = TypeVar("Value")


class Setting(Generic[Value]):
    """One setting, by the name of the attribute."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, holder: None, owner: type) -> Self: ...
    @overload
    def __get__(self, holder: Movable, owner: type) -> Value: ...
    def __get__(self, holder: Movable | None, owner: type) -> Value | Self:
        return self if holder is None else cast("Value", holder.settings[self._name])

    def __set__(self, holder: Movable, value: Value) -> None:
        holder.move(**{self._name: value})
