"""Minimax polynomials of moe_core::numeric, by Remez exchange in 60 digits; coefficients are rounded one after
the other, the free ones refitted each time. Prints Rust constants and the relative error reached.

Usage: python3 make_polynomials.py
"""

from mpmath import mp, mpf, matrix, lu_solve, exp, log, sin, cos, sqrt, pi, nstr

mp.dps = 60


def remez(target, weight, degree, low, high, fixed):
    """Coefficients c of Σ c_i t^i, the first ones `fixed`, that minimise max |weight (Σ c_i t^i − target)|."""
    free = degree + 1 - len(fixed)
    nodes = [(low + high) / 2 - (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * (free + 1))) for i in range(free + 1)]
    grid = [low + (high - low) * mpf(i) / 1500 for i in range(1, 1501)]
    goal = [target(t) for t in grid]
    weights = [weight(t) for t in grid]
    for _ in range(12):
        system, right = matrix(free + 1, free + 1), matrix(free + 1, 1)
        for i, t in enumerate(nodes):
            for j in range(free):
                system[i, j] = t ** (len(fixed) + j)
            system[i, free] = (-1) ** i / weight(t)
            right[i] = target(t) - sum(c * t**j for j, c in enumerate(fixed))
        solution = lu_solve(system, right)
        coefficients = list(fixed) + [solution[j] for j in range(free)]
        errors = [w * (mp.polyval(coefficients[::-1], t) - g) for t, g, w in zip(grid, goal, weights)]
        extrema, start = [], 0
        for i in range(1, len(grid) + 1):
            if i == len(grid) or errors[i] * errors[start] < 0:
                extrema.append(max(range(start, i), key=lambda m: abs(errors[m])))
                start = i
        while len(extrema) > free + 1:
            extrema.pop(0 if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]) else -1)
        if len(extrema) < free + 1:
            break
        nodes = [grid[i] for i in extrema]
    return coefficients


def rounded(name, target, weight, degree, low, high):
    """Prints the constants of one polynomial whose coefficients are doubles."""
    fixed = []
    while len(fixed) <= degree:
        coefficients = remez(target, weight, degree, low, high, fixed)
        if low < 0:  # powers without the constant are no Chebyshev system around 0: round all at once
            fixed = [mpf(float(c)) for c in coefficients]
        else:
            fixed.append(mpf(float(coefficients[len(fixed)])))
    grid = [low + (high - low) * mpf(i) / 4001 for i in range(1, 4002)]
    error = max(abs(weight(t) * (mp.polyval(fixed[::-1], t) - target(t))) for t in grid)
    print(f"// {name}: degree {degree}, relative error 2^{nstr(log(error, 2), 4)}")
    for c in fixed:
        print(f"    {float(c)!r},")


def split(name, value, parts):
    """Prints `value` as a sum of doubles, each the rounding of what is left."""
    for i in range(parts):
        part = mpf(float(value))
        print(f"// {name} part {i + 1}: {float(part)!r}")
        value -= part


half = log(mpf(2)) / 2 * (1 + mpf(2) ** -40)
rounded("exp: (e^r - 1 - r)/r^2", lambda r: (exp(r) - 1 - r) / r**2 if abs(r) > mpf(10) ** -12 else mpf(1) / 2 + r / 6,
        lambda r: (r**2 + mpf(1) / 1000) / exp(r), 10, -half, half)
# ln(1+f) = f - f^2/2 + s (f^2/2 + z P(z)), s = f/(2+f), z = s^2
top = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2
rounded("ln: (2 atanh(s)/s - 2)/z", lambda z: (2 * mp.atanh(sqrt(z)) / sqrt(z) - 2) / z, lambda z: z / 2, 6, mpf(0), top)
# ln m = u (1/2 + z P(z)), u = m - 1/m, z = u^2, for m in [1/sqrt 2, sqrt 2)
def asinh_rest(z):
    return mpf(-1) / 48 if z < mpf(10) ** -20 else (mp.asinh(sqrt(z) / 2) / sqrt(z) - mpf(1) / 2) / z


top = (sqrt(mpf(2)) - 1 / sqrt(mpf(2))) ** 2 * (1 + mpf(10) ** -12)
rounded("ln of a pair: (asinh(u/2)/u - 1/2)/z", asinh_rest, lambda z: z / (mpf(1) / 2 + z * asinh_rest(z)), 8, mpf(0), top)
off = mpf("0.0505126")
rounded("inverse: 1/(1 - e)", lambda e: 1 / (1 - e), lambda e: 1 - e, 3, -off, off)
quarter = (pi / 4 * (1 + mpf(2) ** -12)) ** 2
rounded("sin: (sin r / r - 1)/z", lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z, lambda z: z, 5, mpf(0), quarter)
rounded("cos: (cos r - 1 + z/2)/z^2", lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, lambda z: z**2, 5, mpf(0), quarter)
split("ln 2", log(mpf(2)), 2)
split("1/ln 10", 1 / log(mpf(10)), 2)
split("pi/2", pi / 2, 3)
high = mpf(int(log(mpf(2)) * 2**40)) / 2**40
print(f"// ln 2 in 40 bits: {float(high)!r}, rest {float(log(mpf(2)) - high)!r}")
