#!/usr/bin/env python3
"""A slope of a run folder with pandas: python3 pandas_slope.py DIR. Needs pandas and pyarrow."""

import sys

import numpy as np
import pandas as pd

folder = sys.argv[1]
rows = pd.read_parquet(f"{folder}/rows")  # all parts at once
summary = pd.read_csv(f"{folder}/report/summary.csv")
rates = pd.read_csv(f"{folder}/report/rates.csv")
print(rows.groupby(["cell", "arm", "size"]).agg(replications=("replication", "size"), d1=("d1", "median")))

# The first median curve of the report.
curve = rates[(rates["kind"] == "curve") & (rates["statistic"] == "median")].iloc[0]
own = rows[(rows["cell"] == curve["cell"]) & (rows["arm"] == curve["arm"]) & (rows["size"] >= curve["from"])]
medians = own.fillna({curve["quantity"]: np.inf}).groupby("size")[curve["quantity"]].median()
slope = np.polyfit(np.log(medians.index), np.log(medians), 1)[0]
print(f"slope of the median {curve['quantity']} of {curve['cell']}, {curve['arm']}: {slope:.6f}")
print(f"in the report: {curve['slope']:.6f} [{curve['lower']:.6f}, {curve['upper']:.6f}]")

place = summary[["cell", "arm", "quantity"]].eq(curve[["cell", "arm", "quantity"]].tolist()).all(axis=1)
stored = summary[place].set_index("size")["median"]
assert np.allclose(stored[medians.index], medians, rtol=1e-12), "the medians of the report are others"
assert abs(slope - curve["slope"]) < 1e-9, "the slope of the report is another"
