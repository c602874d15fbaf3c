"""Writes elementary.csv: arguments and correctly rounded results of the elementary functions, by mpmath in 60 digits.

Columns: function, argument (bits, hexadecimal), result rounded to nearest (bits, hexadecimal), and what the
rounding left in thousandths of an ulp of the result, so that errors can be measured in fractions of an ulp.

Usage: python3 make_elementary.py (needs mpmath; takes seconds; the file is a function of this script alone)
"""

import math
import random
import struct
from pathlib import Path

from mpmath import mp, mpf

mp.dps = 60
PER_RANGE = 180
draw = random.Random(20240721)


def bits(value):
    return f"{struct.unpack('<Q', struct.pack('<d', value))[0]:x}"


def nearest(value):
    """The double nearest to a real number, and (value − double) / ulp(double)."""
    if value == 0:
        return 0.0, 0.0
    exponent = max(int(mp.floor(mp.log(abs(value), 2))), -1022)
    ulp = mpf(2) ** (exponent - 52)
    whole = int(mp.nint(value / ulp))  # ties to even
    if abs(whole) * ulp >= mpf(2) ** 1024:
        return math.copysign(math.inf, value), 0.0
    return float(whole * ulp), float(value / ulp - whole)


def uniform(low, high, count=PER_RANGE):
    return [draw.uniform(low, high) for _ in range(count)]


def spread(low, high, signed=False, count=PER_RANGE):
    """Magnitudes spread evenly over the binades from 2^low to 2^high."""
    sign = (lambda: draw.choice([-1.0, 1.0])) if signed else (lambda: 1.0)
    return [sign() * 2.0 ** draw.uniform(low, high) for _ in range(count)]


def around(centre, count):
    """A number and its neighbours among the doubles."""
    values, up, down = [centre], centre, centre
    for _ in range(count):
        up, down = math.nextafter(up, math.inf), math.nextafter(down, -math.inf)
        values += [up, down]
    return values


def nearest_to_multiples():
    """Doubles below 2^40 that lie closest to multiples of π/2, by continued fractions binade by binade."""
    found = []
    for exponent in range(-53, -12):
        ratio = mpf(2) ** exponent * 2 / mp.pi
        value, before, now = ratio, 0, 1  # denominators of the convergents of `ratio`
        while now < 2**53:
            if now >= 2**50:
                found.append(math.ldexp(now, exponent))
            value = 1 / (value - mp.floor(value))
            before, now = now, int(mp.floor(value)) * now + before
    return found


def circular():
    multiples = [float(draw.randrange(1, 2**k) * mp.pi / 2) for k in (4, 8, 12, 16, 20, 24, 28, 32, 36, 39) for _ in range(10)]
    small = [float(k * mp.pi / 4) for k in range(-16, 17) if k]
    return (uniform(-0.8, 0.8) + uniform(-10, 10) + uniform(-1e6, 1e6) + spread(-40, 40, True) + multiples + small
            + nearest_to_multiples() + [0.0, 1e6, -1e6, 2.0**40, 0.7692273561433867, 649.5470125009799, -0.7956891936608643])


def sigmoid(x):
    return 1 / (1 + mp.exp(-x))


LN2 = math.log(2.0)
FUNCTIONS = {
    "exp": (mp.exp, uniform(-1, 1) + uniform(-745.2, 709.8, 2 * PER_RANGE) + spread(-60, 9, True) + uniform(-745.2, -708.3)
            + [(k + 0.5) * LN2 + e for k in range(-40, 40) for e in (-1e-9, 1e-9)]
            + around(709.782712893384, 3) + around(-745.1332191019411, 3) + around(-708.3964185322641, 3)
            + [0.0, 1.0, -1.0, 710.0, 1e300, -746.0, -800.0, -1e300, 5e-324, -455.7302437902414, -708.046547117708]),
    "ln": (mp.log, spread(-1074, 1023.9, count=2 * PER_RANGE) + uniform(0.5, 2) + uniform(0.99, 1.01)
           + [1 + v for v in spread(-52, -1, True)] + spread(-1074, -1022, count=30) + around(1.0, 20) + around(math.sqrt(0.5), 4)
           + [5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1.4007310087708478, 1.4094083691558692]),
    "log10": (lambda x: mp.log(x) / mp.log(10), spread(-1074, 1023.9) + uniform(0.5, 2) + [1 + v for v in spread(-52, -1, True)]
              + [float(f"1e{k}") for k in range(-308, 309, 11)] + [10.0**k for k in range(1, 23)] + around(1.0, 10)
              + [5e-324, 1.3225233760357942]),
    "ln_1p": (mp.log1p, uniform(-1, 2) + spread(-70, -0.01, True, 2 * PER_RANGE) + spread(0, 1023.9) + around(-1.0, 10)[::2]
              + [5e-324, -5e-324, 0.27387501700777045, 0.41222338233399003]),
    "exp_m1": (mp.expm1, uniform(-45, 45) + uniform(-1, 1) + spread(-70, 9, True) + around(LN2, 5) + around(40.0, 2)
               + around(-40.0, 2) + [5e-324, 0.3471283760410768, 37.12869199924532, 709.0]),
    "sin": (mp.sin, circular()),
    "cos": (mp.cos, circular()),
    "tanh": (mp.tanh, uniform(-22, 22) + uniform(-1, 1, 2 * PER_RANGE) + spread(-70, 5, True) + around(20.0, 2)
             + around(7.450580596923828e-9, 2) + [5e-324, -1e300, 0.17740384045110402]),
    "sigmoid": (sigmoid, uniform(-745, 50) + uniform(-50, 50) + uniform(-2, 2, 2 * PER_RANGE) + around(40.0, 2) + around(-40.0, 2)
                + [0.0, 1e300, -1e300, -417.60511149794456, -1.7349393058810918]),
}
for p in (2, 3, 5, 8):
    FUNCTIONS[f"power{p}"] = (lambda x, p=p: x**p, uniform(-3, 3, 30) + spread(-100, 100, True, 30))


def main():
    lines = ["function,argument,result,rest_milliulp"]
    for name, (function, arguments) in FUNCTIONS.items():
        for argument in dict.fromkeys(arguments):
            if name == "ln_1p" and argument <= -1:
                continue
            extreme = abs(argument) > 1e5 and name in ("exp", "exp_m1", "sigmoid", "tanh")
            result, rest = nearest(function(mpf(math.copysign(1e5, argument) if extreme else argument)))
            lines.append(f"{name},{bits(argument)},{bits(result)},{round(rest * 1000)}")
    Path(__file__).with_name("elementary.csv").write_text("\n".join(lines) + "\n")


main()
