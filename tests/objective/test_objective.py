"""The object that users hold: values, conversions, errors, threads, memory of the last point."""

from __future__ import annotations

import gc
import resource
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize

from adfun import make_ad_fun
from adfun.diagnostics.errors import ArgumentError
from adfun.objective import ADFun
from adfun.snapshot import Snapshot
from tests.objective.by_hand import ByHand, Tripled, example, make


@pytest.fixture
def obj() -> ADFun:
    return make(*example())


def reference(data: dict[str, Any], v: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Value, gradient and Hessian, from the design matrix."""
    x, group = data["x"] * data["scale"], data["group"]
    design = np.zeros((len(x), len(v)))
    design[:, 0] = 1
    design[np.arange(len(x)), 1 + group] = x
    r = design @ v - 3 * data["y"]
    return float(r @ r), 2 * design.T @ r, 2 * design.T @ design


def test_all_functions_agree_with_numpy(obj: ADFun) -> None:
    data, _ = example()
    for v in (obj.par, np.linspace(-1, 1, 10)):
        value, gradient, hessian = reference(data, v)
        assert obj.fn(v) == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(obj.gr(v), gradient, rtol=1e-12)
        both = obj.fn_gr(v)
        assert both[0] == pytest.approx(value, rel=1e-13)
        np.testing.assert_allclose(both[1], gradient, rtol=1e-12)
        np.testing.assert_allclose(obj.he(v), hessian, rtol=1e-12, atol=1e-12)
        assert (obj.he(v) == obj.he(v).T).all()
        direction = np.arange(10.0)
        np.testing.assert_allclose(obj.hvp(v, direction), hessian @ direction, rtol=1e-12)


def test_no_argument_means_par_never_the_last_x(obj: ADFun) -> None:
    at_par = obj.fn(obj.par)
    obj.fn(obj.par + 1)
    assert obj.fn() == obj.fn(None) == obj.fn(x=None) == at_par
    np.testing.assert_array_equal(obj.gr(), obj.gr(obj.par))
    np.testing.assert_array_equal(obj.he(), obj.he(obj.par))
    np.testing.assert_array_equal(obj.hvp(None, obj.par), obj.hvp(obj.par, obj.par))


def test_names_flatten_unflatten(obj: ADFun) -> None:
    assert obj.names == ["a", *(f"b[{k}]" for k in range(9))]
    v = np.arange(10.0)
    params = obj.unflatten(v)
    assert list(params) == ["a", "b"] and params["a"] == 0.0 and isinstance(params["a"], float)
    np.testing.assert_array_equal(params["b"], v[1:])
    params["b"][0] = 99
    assert v[1] == 1.0
    np.testing.assert_array_equal(obj.flatten({"b": v[1:], "a": 0}), v)
    np.testing.assert_array_equal(obj.flatten(obj.unflatten()), obj.par)
    with pytest.raises(ArgumentError, match=r"missing: \['b'\]; unknown: \['c'\]"):
        obj.flatten({"a": 0, "c": 1})
    with pytest.raises(ArgumentError, match=r"parameter b has shape \(2,\), expected \(9,\)"):
        obj.flatten({"a": 0, "b": [1, 2]})


@pytest.mark.parametrize(
    "form",
    [
        list,
        tuple,
        lambda v: v.astype(np.float32),
        lambda v: v.astype(int),
        lambda v: v.astype(">f8"),
        lambda v: np.repeat(v, 2)[::2],
        lambda v: v[::-1].copy()[::-1],
        lambda v: np.frombuffer(b"\0" + v.tobytes(), np.uint8)[1:].view(np.float64),
        lambda v: np.asfortranarray(np.stack([v, v]))[0],
        lambda v: np.broadcast_to(v, (3, len(v)))[1],
        lambda v: v.astype(np.longdouble),
    ],
)
def test_whatever_holds_the_same_numbers_gives_the_same_result(obj: ADFun, form: Any) -> None:
    v = np.arange(10.0)
    given = form(v)
    kept = np.array(given)
    assert obj.fn(given) == obj.fn(v)
    np.testing.assert_array_equal(obj.gr(given), obj.gr(v))
    np.testing.assert_array_equal(obj.hvp(given, given), obj.hvp(v, v))
    np.testing.assert_array_equal(np.array(given), kept)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.zeros(9), r"x has shape \(9,\), expected \(10,\): a, b\[0\]"),
        (np.zeros((10, 1)), r"x has shape \(10, 1\), expected \(10,\)"),
        (1.0, r"x has shape \(\), expected"),
        ([], r"x has shape \(0,\)"),
        (np.zeros(10, complex), "x must hold real numbers, not complex128"),
        (["a"] * 10, "x must hold real numbers, not <U1"),
        ([None] * 10, "x must hold real numbers, not objects such as None"),
        ([[1, 2], [3]], "x is no vector: its parts have different lengths"),
        ({"a": 1}, r"x is a dict; instead: pass obj.flatten\(x\)"),
        (object(), "x must hold real numbers"),
        ("abc", "x must hold real numbers, not 'abc'"),
    ],
)
def test_wrong_x_is_an_error_that_says_what_is_expected(obj: ADFun, bad: Any, words: str) -> None:
    for function in (obj.fn, obj.gr, obj.fn_gr, obj.he, obj.report):
        with pytest.raises(ArgumentError, match=words):
            function(bad)
    with pytest.raises(ArgumentError, match=r"^v "):
        obj.hvp(obj.par, bad)


def test_wrong_calls(obj: ADFun) -> None:
    with pytest.raises(TypeError, match=r"fn\(\) takes at most 1 argument, got 2"):
        obj.fn(obj.par, obj.par)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"gr\(\) got an unknown argument 'y'"):
        obj.gr(y=obj.par)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"gr\(\) got a second argument 'x'"):
        obj.gr(obj.par, x=obj.par)  # type: ignore[misc]


def test_nan_and_infinity_flow(obj: ADFun) -> None:
    v = obj.par.copy()
    v[0] = np.nan
    assert np.isnan(obj.fn(v)) and np.isnan(obj.gr(v)).all()
    v[0] = np.inf
    assert obj.fn(v) == np.inf


def test_results_are_fresh_and_inputs_are_not_modified(obj: ADFun) -> None:
    v = np.arange(10.0)
    first = obj.gr(v)
    kept = first.copy()
    second = obj.gr(v + 1)
    np.testing.assert_array_equal(first, kept)
    assert not np.shares_memory(first, second) and first.flags.writeable and first.flags.owndata
    np.testing.assert_array_equal(v, np.arange(10.0))


def test_an_array_that_somebody_may_see_is_not_filled_again(obj: ADFun) -> None:
    v = np.arange(10.0)
    at_v, at_others = obj.gr(v), [obj.gr(v + k) for k in range(1, 5)]
    views = [obj.gr(v + k)[2:] for k in range(1, 5)]
    exported = memoryview(obj.gr(v + 1))
    watched = obj.gr(v + 1)
    watcher = weakref.ref(watched)
    del watched
    strange = obj.gr(v + 1)
    strange.shape = (2, 5)
    strange.flags.writeable = False
    del strange
    np.testing.assert_array_equal(obj.gr(v), at_v)
    assert watcher() is None
    products = [obj.hvp(v, unit) for unit in np.eye(10)]
    np.testing.assert_array_equal(products, obj.he(v))
    np.testing.assert_array_equal(np.asarray(exported), at_others[0])
    for other, view in zip(at_others, views, strict=True):
        np.testing.assert_array_equal(view, other[2:])
        assert not np.array_equal(other, at_v)


def test_the_memory_of_long_gradients_is_used_again() -> None:
    """Also with several of them at a time: fresh memory takes longer than the objective."""
    n = 50_000
    obj = make_ad_fun("import numpy as np\ndef f(x):\n    return np.sum(x ** 2)\n", {}, {"x": np.ones(n)})
    points = [np.full(n, float(k)) for k in range(9)]
    places, last = set(), None
    for x in points:
        gradient = obj.gr(x)
        places.add(gradient.ctypes.data)
        np.testing.assert_array_equal(gradient, 2.0 * x)
        if last is not None:
            np.testing.assert_array_equal(last, 2.0 * x - 2.0)
        last = gradient
    assert len(places) == 2


def test_a_hessian_that_somebody_may_see_is_not_filled_again(obj: ADFun) -> None:
    right = obj.he().copy()
    kept, row = obj.he(), obj.he()[1]
    kept[:], row[:] = 7.0, 7.0
    strange = obj.he()
    strange.shape = (100,)
    del strange
    np.testing.assert_array_equal(obj.he(), right)
    assert (kept == 7.0).all() and (row == 7.0).all()


def test_functions_that_are_compiled_later_do_not_keep_the_object_alive() -> None:
    data, params = example()
    gc.disable()  # so that a cycle would show
    try:
        obj = make(data, params)
        second = obj.he, obj.hvp
        gone = weakref.ref(obj)
        del obj
        assert gone() is None
    finally:
        gc.enable()
    hessian, product = second
    np.testing.assert_array_equal(hessian()[0], product(None, np.eye(10)[0]))


def test_data_are_copied_when_bound() -> None:
    data, params = example()
    obj = make(data, params)
    value = obj.fn()
    data["x"][:] = 1e9
    data["group"][:] = 10**6
    assert obj.fn(obj.par + 0) == value
    assert np.isfinite(obj.he()).all()


def test_memory_of_the_last_point_never_mixes_points(obj: ADFun) -> None:
    """Every order of calls at a few points gives what a call alone gives."""
    points = [np.arange(10.0) + k for k in range(3)]
    alone = [make(*example()) for _ in points]
    values = [o.fn(p) for o, p in zip(alone, points, strict=True)]
    gradients = [o.gr(p) for o, p in zip(alone, points, strict=True)]
    rng = np.random.default_rng(0)
    for which, is_value in zip(rng.integers(0, 3, 3000), rng.random(3000) < 0.5, strict=True):
        if is_value:
            assert obj.fn(points[which]) == values[which]
        else:
            np.testing.assert_array_equal(obj.gr(points[which]), gradients[which])


def test_optimisers(obj: ADFun) -> None:
    data, _ = example()
    best = minimize(obj.fn, obj.par, jac=obj.gr, method="BFGS", options={"gtol": 1e-8})
    assert best.success and np.abs(obj.gr(best.x)).max() < 1e-7
    assert minimize(obj.fn_gr, obj.par, jac=True).fun == pytest.approx(best.fun)
    result = minimize(obj.fn, obj.par, jac=obj.gr, hess=obj.he, method="trust-exact")
    assert result.fun == pytest.approx(best.fun)
    result = minimize(obj.fn, obj.par, jac=obj.gr, hessp=obj.hvp, method="Newton-CG")
    assert result.fun == pytest.approx(best.fun) == pytest.approx(reference(data, best.x)[0])


def test_report(obj: ADFun) -> None:
    reported = obj.report()
    assert list(reported) == ["residual", "flag", "yes"]
    assert reported["residual"].shape == (40, 1)
    assert float((reported["residual"] ** 2).sum()) == pytest.approx(obj.fn())
    assert reported["flag"] == 1 and reported["flag"].dtype == np.int64
    assert reported["yes"] == np.True_ and reported["yes"].dtype == np.bool_


def test_failed_checks_are_exceptions_with_the_users_line(obj: ADFun) -> None:
    v = obj.par.copy()
    v[0] = -2.5e6
    for function in (obj.fn, obj.gr, obj.fn_gr, obj.he, obj.report):
        with pytest.raises(ValueError, match=r"a = -2500000\.0 is too small"):
            function(v)
    with pytest.raises(ValueError, match="too small"):
        obj.hvp(v, v)
    assert np.isfinite(obj.fn())


def test_a_check_that_fails_while_data_are_bound() -> None:
    data, params = example()
    data["group"][3] = 77
    with pytest.raises(IndexError, match="index 77 is out of bounds for axis 0 with size 9") as caught:
        make(data, params)
    if sys.version_info >= (3, 11):
        assert "regression.py:2:9" in caught.value.__notes__[0]


def test_with_data_uses_the_same_modules(obj: ADFun) -> None:
    data, params = example(n=7, groups=9)
    other = obj.with_data(data)
    np.testing.assert_array_equal(other.par, obj.par)
    assert other.fn(other.par) == pytest.approx(reference(data, other.par)[0])
    data, params = example(n=5, groups=4)
    third = obj.with_data(data, params)
    assert len(third.par) == 5
    np.testing.assert_allclose(third.he(), reference(data, third.par)[2], rtol=1e-12, atol=1e-12)


def test_with_data_makes_no_module_again_and_lets_the_users_arrays_go(obj: ADFun) -> None:
    program = obj._parts.program
    assert isinstance(program, ByHand)
    obj.he()
    data, _ = example(n=17)
    gone = weakref.ref(data["x"])
    other = obj.with_data(data)
    data.clear()
    assert gone() is None
    other.he(), other.hvp(None, other.par), obj.hvp(None, obj.par)
    assert program.asked == ["gr", "he", "hvp"]


@pytest.mark.parametrize("value", [1.0, np.zeros((3, 3)), np.arange(3), "text", None])
def test_what_numpy_computes_must_be_what_the_module_was_compiled_for(value: Any) -> None:
    class Wrong(Tripled):
        def evaluate(self, leaves: Any) -> Any:
            return value

    with pytest.raises(ArgumentError, match="another type or shape than it was compiled for"):
        Snapshot({}).add([Wrong()])


def test_with_data_refuses_another_kind(obj: ADFun) -> None:
    data, _ = example()
    with pytest.raises(ArgumentError, match="data are"):
        obj.with_data({"x": data["x"]})
    with pytest.raises(ArgumentError, match=r"data 'x': compiled for an array of float .* array of int"):
        obj.with_data({**data, "x": np.arange(40)})
    with pytest.raises(ArgumentError, match=r"of shape \(1\) \(an axis of length 1 broadcasts"):
        obj.with_data({**data, "x": np.zeros(1)})


def test_one_object_from_many_threads(obj: ADFun) -> None:
    points = [np.arange(10.0) * k for k in range(40)]
    expected = [(obj.fn(p), obj.gr(p), obj.he(p)) for p in points]
    start = threading.Barrier(8)

    def work(seed: int) -> None:
        start.wait()
        for which in np.random.default_rng(seed).integers(0, 40, 300):
            value, gradient, hessian = expected[which]
            assert obj.fn(points[which]) == value
            np.testing.assert_array_equal(obj.gr(points[which]), gradient)
            if which < 5:
                np.testing.assert_array_equal(obj.he(points[which]), hessian)
                assert len(obj.report(points[which])) == 3

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(work, seed) for seed in range(8)]:
            done.result()


def test_the_gil_is_released_in_long_calls() -> None:
    obj = make(*example(n=3_000_000))
    obj.fn()
    ticks, stop = [0], threading.Event()

    def count() -> None:
        while not stop.wait(0.0005):
            ticks[0] += 1

    counter = threading.Thread(target=count)
    counter.start()
    for k in range(5):
        obj.fn(obj.par + k)
    stop.set()
    counter.join()
    assert ticks[0] >= 3


def test_modules_of_higher_order_are_made_once_when_asked_for() -> None:
    obj = make(*example())
    program = obj._parts.program
    assert isinstance(program, ByHand) and program.asked == ["gr"]
    obj.he(), obj.he(), obj.report(), obj.report()
    assert program.asked == ["gr", "he", "report"]


def test_repr_says_parameters_sizes_and_where_it_came_from(obj: ADFun) -> None:
    text = repr(obj)
    assert "regression: 10 parameters: a, b[0]" in text and "x (40,)" in text
    assert "compiled in" in text or "found in the cache" in text
    assert "adfun_call_gr" in obj.cpp


def test_objects_are_freed_at_once() -> None:
    data, params = example()
    obj = make(data, params)
    obj.gr(), obj.he(), obj.report()
    with pytest.raises(ArgumentError):
        obj.fn([1.0])
    gone = weakref.ref(obj)
    gc.disable()
    try:
        del obj
        assert gone() is None
    finally:
        gc.enable()


def test_memory_does_not_grow_with_objects() -> None:
    data, params = example(n=50_000)
    before = 0
    for k in range(60):
        obj = make(data, params)
        obj.gr(), obj.fn(), obj.he(), obj.report()
        del obj
        if k == 20:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 10_000, f"{grown} kB"
