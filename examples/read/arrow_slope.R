#!/usr/bin/env Rscript
# A slope of a run folder with R: Rscript arrow_slope.R DIR reads the parquet files with the package arrow;
# Rscript arrow_slope.R DIR FLAT reads the tables that `moe export DIR --out FLAT` has written, with R alone.

folders <- commandArgs(trailingOnly = TRUE)
rows <- if (length(folders) > 1) {
  read.csv(file.path(folders[2], "rows.csv"))
} else {
  as.data.frame(dplyr::collect(arrow::open_dataset(file.path(folders[1], "rows"))))
}
rates <- read.csv(file.path(folders[1], "report", "rates.csv"))

# The first median curve of the report.
curve <- rates[rates$kind == "curve" & rates$statistic == "median", ][1, ]
own <- rows[rows$cell == curve$cell & rows$arm == curve$arm & rows$size >= curve$from, ]
value <- own[[curve$quantity]]
value[is.na(value)] <- Inf # a row without a value counts as the worst case
medians <- tapply(value, own$size, median)
slope <- unname(coef(lm(log(medians) ~ log(as.numeric(names(medians)))))[2])

cat(sprintf("slope of the median %s of %s, %s: %.6f\n", curve$quantity, curve$cell, curve$arm, slope))
cat(sprintf("in the report: %.6f [%.6f, %.6f]\n", curve$slope, curve$lower, curve$upper))
stopifnot(abs(slope - curve$slope) < 1e-9)
