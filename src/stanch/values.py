"""Data classes that cost next to nothing to declare: a hook declares dozens of them and uses a few.

To a type checker they are those of the standard library, whose module takes long to import and compiles six functions
for each class. Here `__init__` is compiled when its class is first called, and the other methods are shared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace

_NONE: Any = object()


class _Field:
    """What is known of a field besides its name; both defaults are `_NONE` for one that must be given."""

    __slots__ = ("compare", "default", "default_factory", "repr")

    def __init__(
        self, *, default: Any = _NONE, default_factory: Any = _NONE, repr: bool = True, compare: bool = True
    ) -> None:
        self.default, self.default_factory, self.repr, self.compare = default, default_factory, repr, compare


def _dataclass(cls: Any = None, /, *, frozen: bool = False, slots: bool = False) -> Any:
    """Decorate a class that inherits from no data class; see `dataclasses.dataclass`."""
    if cls is None:
        return lambda decorated: _dataclass(decorated, frozen=frozen, slots=slots)
    given = {name: cls.__dict__.get(name, _NONE) for name in cls.__annotations__}
    own = {name: value if isinstance(value, _Field) else _Field(default=value) for name, value in given.items()}
    made: Any = cls
    if slots:
        body = {name: value for name, value in cls.__dict__.items() if name not in (*own, "__dict__", "__weakref__")}
        made = type(cls)(cls.__name__, cls.__bases__, {**body, "__slots__": tuple(own)})
        made.__qualname__ = cls.__qualname__
    else:
        for name in [name for name, value in given.items() if isinstance(value, _Field)]:
            delattr(made, name)
    compared = tuple(name for name, value in own.items() if value.compare)
    added: dict[str, Any] = {
        "__values__": own,
        "__compared__": compared,
        "__match_args__": tuple(own),
        "__dataclass_fields__": _StandardFields(),
    }
    added |= {"__init__": _late_init(made, frozen=frozen), **(_FROZEN if frozen else _OPEN)}
    for name, value in added.items():
        if name not in _OWN or name not in cls.__dict__:
            setattr(made, name, value)
    return made


def _late_init(cls: Any, *, frozen: bool) -> Any:
    """Return an `__init__` that puts a compiled one into its place."""

    def __init__(self: Any, *positional: Any, **named: Any) -> None:
        cls.__init__ = _init(cls, frozen=frozen)
        cls.__init__(self, *positional, **named)

    return __init__


def _init(cls: Any, *, frozen: bool) -> Any:
    parameters, lines = ["self"], []
    scope: dict[str, Any] = {"_none": _NONE}
    for name, field in cls.__values__.items():
        scope[f"_default_{name}"], scope[f"_make_{name}"] = field.default, field.default_factory
        parameters.append(f"{name}=_default_{name}" if field.default is not _NONE else name)
        if field.default_factory is not _NONE:
            parameters[-1] = f"{name}=_none"
            lines.append(f"if {name} is _none: {name} = _make_{name}()")
        if frozen:
            scope[f"_set_{name}"] = _setter(cls, name)
        lines.append(f"_set_{name}(self, {name})" if frozen else f"self.{name} = {name}")
    if hasattr(cls, "__post_init__"):
        lines.append("self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n " + "\n ".join(lines or ["pass"]), scope)  # noqa: S102  # our names
    init = scope["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _setter(cls: Any, name: str) -> Any:
    """Return what sets a field of a frozen instance: its slot, where there is one."""
    slot = cls.__dict__.get(name)
    return slot.__set__ if hasattr(slot, "__set__") else lambda self, value: object.__setattr__(self, name, value)


def _values(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__values__])


def _restore(self: Any, values: tuple[Any, ...]) -> None:
    for name, value in zip(self.__values__, values, strict=True):
        object.__setattr__(self, name, value)


def _compared(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__compared__])


def _eq(self: Any, other: Any) -> Any:
    return _compared(self) == _compared(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_compared(self))


def _repr(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name, field in self.__values__.items() if field.repr)
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _refuse(self: Any, name: str, *_: Any) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


_OWN = ("__eq__", "__repr__")
"""What a class may bring itself."""
_OPEN: dict[str, Any] = {"__eq__": _eq, "__repr__": _repr, "__hash__": None}
_FROZEN: dict[str, Any] = {
    **_OPEN, "__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse, "__getstate__": _values,
    "__setstate__": _restore,
}  # fmt: skip


class _StandardFields:
    """What the functions of `dataclasses` ask a class for, made when one of them does."""

    def __get__(self, _: Any, cls: Any) -> Any:
        import dataclasses

        found = []
        for name, field in cls.__values__.items():
            known = {key: getattr(field, key) for key in ("default", "default_factory")}
            standard = dataclasses.field(
                repr=field.repr, compare=field.compare, **{k: v for k, v in known.items() if v is not _NONE}
            )
            found.append((name, cls.__annotations__[name], standard))
        twin: Any = dataclasses.make_dataclass(cls.__name__, found)
        cls.__dataclass_fields__ = fields = twin.__dataclass_fields__
        return fields


def _replace(value: Any, /, **changes: Any) -> Any:
    """Return the value with other contents of some fields; a value of a standard data class too."""
    return type(value)(**{name: getattr(value, name) for name in value.__match_args__} | changes)


if not TYPE_CHECKING:
    dataclass, field, replace = _dataclass, _Field, _replace
