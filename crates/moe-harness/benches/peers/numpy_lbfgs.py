"""SciPy's L-BFGS-B on the analytic gradient in NumPy."""

from scipy.optimize import minimize

from likelihood import MeanLoss, compare


def lbfgs(loss, start, box):
    bounds = [(-box, box)] * len(start)
    options = {"maxcor": 20, "gtol": 1e-9, "ftol": 1e-15, "maxiter": 2000, "maxfun": 4000}
    return minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options)


if __name__ == "__main__":
    compare(MeanLoss, lbfgs)
