"""`collections`: dicts that make what is missing, counters, and queues."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from adfun.frontend.builtins import to_dict
from adfun.frontend.keys import COUNTER, key_of, refuse_key
from adfun.frontend.machine import Machine
from adfun.frontend.sequences import countable, taken_one_by_one
from adfun.frontend.values import DictValue, ListValue, Sequence, Value


def default_dict(m: Machine, factory: Value = None, *values: Value, **items: Value) -> Value:
    """collections.defaultdict(factory, ...)"""
    made = to_dict(m, *values, **items)
    made.factory = factory
    return made


def counter(m: Machine, values: Value = (), /, **numbers: Value) -> Value:
    """collections.Counter(values): how often each of them occurs."""
    made = DictValue({}, COUNTER)
    m.stage.born(made)
    if isinstance(values, DictValue):
        made.items = dict(values.items)
    else:
        for item in _taken(m, values):
            key = key_of(m, item)
            made.items[key] = made.items.get(key, 0) + 1
    made.items.update(numbers)
    return made


def _taken(m: Machine, values: Value) -> Iterator[Value]:
    items = countable(m, values)
    if isinstance(items, Sequence):
        known = taken_one_by_one(items)
        if known is None:
            refuse_key(m, None)
        items = known()
    return iter(items)


def queue(m: Machine, values: Value = (), maxlen: Value = None) -> Value:
    """collections.deque(values, maxlen): a list of known length."""
    most = None if maxlen is None else int(m.stage.known_value(maxlen, "the length of a deque"))
    items = countable(m, values)
    if isinstance(items, Sequence):
        m.stage.fail(
            "a deque must have a known number of items",
            "here",
            remedy="use an array, and positions that go round by `%`",
        )
    made = ListValue([m.settle(v) for v in items], steady=True, most=most)
    if most is not None:
        made.items = made.items[max(0, len(items) - most) :]
    m.stage.born(made)
    return made


COLLECTIONS: dict[str, Callable[..., Value]] = {
    "collections.defaultdict": default_dict,
    "collections.OrderedDict": to_dict,
    "collections.Counter": counter,
    "collections.deque": queue,
}
