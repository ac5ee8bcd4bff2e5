"""Checks that JSON fits one of the generated types, so that a handler can rely on them."""

from functools import cache
from typing import Any, TypeVar, cast, get_origin, get_type_hints, is_typeddict

from .errors import Refused

Shape = TypeVar("Shape")


def fit(members: dict[str, Any], shape: type[Shape]) -> Shape:
    """The members as a `TypedDict`. An optional member that is `null` is left out; unknown members are kept.

    Raises `Refused` with the reason `does-not-fit` if a member is missing or has another type.
    """
    required, types = _members(cast("Any", shape))
    present = {name: value for name, value in members.items() if value is not None or name not in types}
    for name in required:
        if name not in present:
            raise Refused("does-not-fit", f"`{name}` of {shape.__name__} is missing")
    for name, member_type in types.items():
        if name in present and not _fits(present[name], member_type):
            raise Refused("does-not-fit", f"`{name}` of {shape.__name__} has another type than the schema says")
    return cast("Shape", present)


@cache
def _members(shape: Any) -> tuple[frozenset[str], dict[str, Any]]:
    if not is_typeddict(shape):
        raise TypeError(f"{shape.__name__} is not a TypedDict of user_events_consumer.events")
    # A sealed class is checked when it is opened.
    types = {name: kind for name, kind in get_type_hints(shape).items() if not is_typeddict(kind)}
    return frozenset(getattr(shape, "__required_keys__", ())), types


def _fits(value: Any, member_type: Any) -> bool:
    if get_origin(member_type) is list:
        return isinstance(value, list) and all(isinstance(entry, str) for entry in value)
    # Not `isinstance`: a bool is an int in Python, but not in JSON.
    return type(value) is member_type
