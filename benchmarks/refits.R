# Time refits of one curve by survival and npsurv; called by bench_r.py with a file of intervals.
#
# Columns of the file: lower, upper (Inf: not ended) and one column of weights for each fit, the
# first of them everybody's. Prints, for each package: its name and the processor seconds of each
# refit; then the ends of npsurv's intervals and how many are still relieved after each.

suppressPackageStartupMessages({
  library(survival)
  library(npsurv)
})

table <- read.csv(commandArgs(trailingOnly = TRUE)[1])
weights <- as.matrix(table[, -(1:2)])

by_survival <- function(n) {
  rows <- n > 0
  upper <- ifelse(is.finite(table$upper[rows]), table$upper[rows], NA)
  lower <- ifelse(table$lower[rows] > 0, table$lower[rows], NA)
  survfit(Surv(lower, upper, type = "interval2") ~ 1, weights = n[rows])
}
by_npsurv <- function(n) {
  rows <- n > 0
  npsurv(cbind(table$lower, table$upper)[rows, , drop = FALSE], w = n[rows])
}
seconds <- function(fit) {
  apply(weights[, -1, drop = FALSE], 2, function(n) {
    start <- proc.time()
    fit(n)
    sum((proc.time() - start)[1:2])
  })
}

cat("survival", format(seconds(by_survival), digits = 8), "\n")
cat("npsurv", format(seconds(by_npsurv), digits = 8), "\n")
curve <- by_npsurv(weights[, 1])$f
cat(format(curve$right, digits = 15), "\n")
cat(format(1 - cumsum(curve$p), digits = 15), "\n")
