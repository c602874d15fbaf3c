#!/usr/bin/env python3
"""A slope of a run folder with polars: python3 polars_slope.py DIR. Needs polars."""

import math
import sys

import polars as pl

folder = sys.argv[1]
rows = pl.scan_parquet(f"{folder}/rows/*.parquet")  # lazily, all parts at once
rates = pl.read_csv(f"{folder}/report/rates.csv")

# The first median curve of the report.
curve = rates.filter((pl.col("kind") == "curve") & (pl.col("statistic") == "median")).row(0, named=True)
medians = (
    rows.filter((pl.col("cell") == curve["cell"]) & (pl.col("arm") == curve["arm"]))
    .filter(pl.col("size") >= curve["from"])
    .group_by("size")
    .agg(pl.col(curve["quantity"]).fill_null(math.inf).median().alias("median"))
    .sort("size")
    .collect()
)
print(medians)

fit = medians.select(pl.col("size").log().alias("x"), pl.col("median").log().alias("y"))
slope = fit.select(pl.cov("x", "y") / pl.var("x")).item()
print(f"slope of the median {curve['quantity']} of {curve['cell']}, {curve['arm']}: {slope:.6f}")
print(f"in the report: {curve['slope']:.6f} [{curve['lower']:.6f}, {curve['upper']:.6f}]")
assert abs(slope - curve["slope"]) < 1e-9, "the slope of the report is another"
