"""f(x1, x2, x3) = 3 (x1^2 + x2 x3) at (2, 3, 4): the value 48 and the gradient (12, 12, 9)."""

import adfun


def f(x1, x2, x3):
    a = x1**2
    b = x2 * x3
    return 3 * (a + b)


obj = adfun.make_ad_fun(f, data={}, params={"x1": 2.0, "x2": 3.0, "x3": 4.0})

print(obj)
print("f        ", obj.fn())
for name, derivative in zip(obj.names, obj.gr(), strict=True):
    print(f"df/d{name}   ", derivative)
print("Hessian\n", obj.he(), sep="")
