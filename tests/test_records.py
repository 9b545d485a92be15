"""The compiler's own dataclasses behave as the standard library's do."""

from __future__ import annotations

import copy
import pickle

import pytest

from adfun.records import asdict, dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Point:
    """Two fields, one with a default."""

    x: int
    y: int = 2


@dataclass(frozen=True, slots=True)
class Solid(Point):
    """Inherits fields, adds one made anew for every object."""

    z: list[int] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Cell:
    value: int


@dataclass
class Open:
    items: list[int] = field(default_factory=list)

    def __repr__(self) -> str:
        return "open"


def test_fields_and_defaults() -> None:
    assert (Point(1).x, Point(1).y, Point(y=5, x=4).y) == (1, 2, 5)
    assert Solid(1).z == [] and Solid(1).z is not Solid(1).z and Solid(1, 2, [3]).z == [3]
    for wrong in (lambda: Point(), lambda: Point(1, 2, 3), lambda: Point(1, w=2)):  # type: ignore[call-arg]
        with pytest.raises(TypeError):
            wrong()


def test_equality_and_hash() -> None:
    assert Point(1) == Point(1, 2) != Point(1, 3)
    assert hash(Point(1)) == hash(Point(1, 2)) and len({Point(1), Point(1)}) == 1
    assert Point(1) != Solid(1)
    assert Cell(1) != Cell(1) and len({Cell(1), Cell(1)}) == 2
    with pytest.raises(TypeError):
        hash(Open())


def test_shown_and_matched() -> None:
    assert repr(Solid(1)) == "Solid(x=1, y=2, z=[])" and repr(Open()) == "open"
    match Point(3, 4):
        case Point(x, y):
            assert (x, y) == (3, 4)


def test_slots() -> None:
    assert not hasattr(Solid(1), "__dict__")
    with pytest.raises(AttributeError):
        Point(1).w = 1  # type: ignore[attr-defined]


def test_copies() -> None:
    made = Solid(1, 2, [3])
    assert replace(made, y=7) == Solid(1, 7, [3])
    assert pickle.loads(pickle.dumps(made)) == made == copy.deepcopy(made)
    assert asdict([made, {"a": (Cell(1),)}]) == [{"x": 1, "y": 2, "z": [3]}, {"a": ({"value": 1},)}]
