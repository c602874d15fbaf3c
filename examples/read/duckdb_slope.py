#!/usr/bin/env python3
"""A slope of a run folder with DuckDB: python3 duckdb_slope.py DIR. Needs duckdb; the query runs in its shell too."""

import sys

import duckdb

folder = sys.argv[1]
report = f"{folder}/report/rates.csv"
cell, arm, quantity, least, stored, lower, upper = duckdb.sql(
    f"""
    SELECT cell, arm, quantity, "from", slope, lower, upper FROM read_csv('{report}')
    WHERE kind = 'curve' AND statistic = 'median' LIMIT 1
    """
).fetchall()[0]

# regr_slope is least squares; a row without a value counts as the worst case.
query = f"""
    WITH medians AS (
        SELECT size, median(coalesce({quantity}, 'inf'::DOUBLE)) AS value
        FROM read_parquet('{folder}/rows/*.parquet')
        WHERE cell = '{cell}' AND arm = '{arm}' AND size >= {least}
        GROUP BY size
    )
    SELECT regr_slope(ln(value), ln(size)) FROM medians
"""
((slope,),) = duckdb.sql(query).fetchall()
print(f"slope of the median {quantity} of {cell}, {arm}: {slope:.6f}")
print(f"in the report: {stored:.6f} [{lower:.6f}, {upper:.6f}]")
assert abs(slope - stored) < 1e-9, "the slope of the report is another"
