# flexmix by EM from given posteriors: the same start as the others. Called as
# `Rscript flexmix.R DATA.csv STARTS OPTIMUM`; tries tighter and tighter tolerances until the log-likelihood is within
# 1e-4 of OPTIMUM, and prints a JSON line for each. Two classes and two experts.
suppressPackageStartupMessages(library(flexmix))

arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1])
start <- scan(arguments[2], nlines = 1, quiet = TRUE)
optimum <- as.numeric(arguments[3])
stopifnot(all(data$count == 1), all(data$y %in% 0:1), length(start) == 9)

x <- cbind(1, data$x1, data$x2)
gate <- plogis(x %*% start[1:3])
own <- function(rows) {
  p <- plogis(x %*% start[rows])
  ifelse(data$y == 0, p, 1 - p)
}
posterior <- cbind(gate * own(4:6), (1 - gate) * own(7:9))
posterior <- posterior / rowSums(posterior)

data$first <- as.integer(data$y == 0)
for (tolerance in c(1e-8, 1e-9, 1e-10, 1e-11, 1e-12, 1e-13)) {
  control <- list(tolerance = tolerance, iter.max = 20000, minprior = 0)
  seconds <- system.time(
    fit <- flexmix(cbind(first, 1 - first) ~ x1 + x2, data = data, k = 2, cluster = posterior,
                   model = FLXMRglm(family = "binomial"), concomitant = FLXPmultinom(~ x1 + x2), control = control)
  )[["elapsed"]]
  value <- as.numeric(logLik(fit))
  cat(sprintf('{"seconds": %.6f, "log_likelihood": %.9f, "evaluations": %d, "tolerance": %g}\n',
              seconds, value, fit@iter, tolerance))
  if (optimum - value <= 1e-4) break
}
