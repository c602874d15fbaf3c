#!/usr/bin/env python3
"""A simulation that knows nothing of moe: writes losses.csv, for `moe rate`. Needs Python 3 and nothing else.

Two estimators of the end point 1 of a uniform law from n observations: twice the mean, whose error is of the order
n^(-1/2), and the largest observation, whose error is of the order n^(-1). The maximum of n uniform draws is drawn as
U^(1/n).
"""

import random

SIZES = [100, 300, 1000, 3000, 10000]
REPLICATIONS = 200

random.seed(20240710)
with open("losses.csv", "w", encoding="utf-8") as out:
    out.write("estimator,n,replication,loss\n")
    for n in SIZES:
        for replication in range(REPLICATIONS):
            mean = sum(random.random() for _ in range(n)) / n
            maximum = random.random() ** (1 / n)
            out.write(f"twice the mean,{n},{replication},{abs(2 * mean - 1):.6g}\n")
            out.write(f"maximum,{n},{replication},{1 - maximum:.6g}\n")
