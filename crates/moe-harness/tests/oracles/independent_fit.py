"""Log-likelihoods and standard errors of fits to examples/data, made without this program.

Run with numpy, scipy, scikit-learn from the root of the repository; it prints real_data.json.
The model is written down here a second time, in floating point and with numerical libraries that the program does
not use: one expert by scikit-learn (no penalty) where a finite maximum exists, everything else by SciPy's L-BFGS-B
inside the box, many random starts, every reference expert in turn. Hessians are central differences of the score.
"""

import csv
import json

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.linear_model import LogisticRegression


def read(file, label, features, standardize):
    with open(f"examples/data/{file}") as f:
        rows = list(csv.DictReader(f))
    x = np.array([[float(r[name]) for name in features] for r in rows])
    classes = sorted({r[label] for r in rows})
    y = np.array([classes.index(r[label]) for r in rows])
    if standardize:
        x = (x - x.mean(0)) / x.std(0)
    return x, y, len(classes)


def value_and_score(theta, x, y, k, classes):
    n, d = x.shape
    design = np.hstack([np.ones((n, 1)), x])
    gates = np.vstack([theta[: (k - 1) * (d + 1)].reshape(k - 1, d + 1), np.zeros((1, d + 1))])
    experts = np.zeros((k, classes, d + 1))
    experts[:, :-1] = theta[(k - 1) * (d + 1) :].reshape(k, classes - 1, d + 1)
    log_gate = design @ gates.T
    log_gate -= logsumexp(log_gate, axis=1, keepdims=True)
    logits = np.einsum("nd,kcd->nkc", design, experts)
    log_f = logits - logsumexp(logits, axis=2, keepdims=True)
    joint = log_gate + log_f[np.arange(n), :, y]
    log_g = logsumexp(joint, axis=1)
    posterior = np.exp(joint - log_g[:, None])
    of_gates = (posterior - np.exp(log_gate)).T @ design
    residual = np.eye(classes)[y][:, None, :] - np.exp(log_f)
    of_experts = np.einsum("nk,nkc,nd->kcd", posterior, residual, design)
    return log_g.sum(), np.concatenate([of_gates[:-1].ravel(), of_experts[:, :-1].ravel()])


def best_in_box(x, y, k, classes, box, starts):
    rng = np.random.default_rng(20240721)
    p = ((k - 1) + k * (classes - 1)) * (x.shape[1] + 1)

    def ascend(theta, evaluations):
        return minimize(
            lambda t: tuple(-v for v in value_and_score(t, x, y, k, classes)),
            theta,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-box, box)] * p,
            options={"maxiter": evaluations, "maxfun": evaluations, "ftol": 1e-16, "gtol": 1e-10},
        )

    first = [np.zeros(p)] + [rng.uniform(-1, 1, p) * rng.uniform(0, box) for _ in range(starts - 1)]
    best = min((ascend(theta, 400) for theta in first), key=lambda found: found.fun)
    best = ascend(best.x, 40000)
    return -best.fun, best.x


def standard_errors(theta, x, y, k, classes, box):
    free = np.flatnonzero(np.abs(theta) < box * (1 - 1e-9))
    hessian = np.zeros((len(free), len(free)))
    for i, j in enumerate(free):
        h = 1e-5
        step = np.zeros_like(theta)
        step[j] = h
        up = value_and_score(theta + step, x, y, k, classes)[1]
        down = value_and_score(theta - step, x, y, k, classes)[1]
        hessian[i] = (up - down)[free] / (2 * h)
    errors = np.sqrt(np.diag(np.linalg.inv(-0.5 * (hessian + hessian.T))))
    return sorted(errors.tolist())


def case(file, label, features, experts, box, standardize, starts):
    x, y, classes = read(file, label, features, standardize)
    value, theta = best_in_box(x, y, experts, classes, box, starts)
    out = {
        "file": file,
        "label": label,
        "features": features,
        "experts": experts,
        "box": box,
        "standardize": standardize,
        "log_likelihood": value,
        "at_box": int((np.abs(theta) >= box * (1 - 1e-9)).sum()),
        "standard_errors_sorted": standard_errors(theta, x, y, experts, classes, box),
    }
    if experts == 1 and out["at_box"] == 0:
        model = LogisticRegression(C=np.inf, tol=1e-12, max_iter=100000, solver="newton-cg").fit(x, y)
        log_p = model.predict_log_proba(x)
        out["scikit_learn_log_likelihood"] = float(log_p[np.arange(len(y)), y].sum())
    return out


bills = ["bill_length_mm", "bill_depth_mm"]
sizes = bills + ["flipper_length_mm", "body_mass_g"]
petals = ["petal_length_cm", "petal_width_cm"]
iris = ["sepal_length_cm", "sepal_width_cm"] + petals
cases = [
    case("penguins.csv", "sex", bills, 1, 10, True, 1),
    case("penguins.csv", "sex", sizes, 1, 10, True, 1),
    case("penguins.csv", "sex", bills, 2, 10, True, 100),
    case("penguins.csv", "species", bills, 1, 10, True, 1),
    case("iris.csv", "species", iris, 1, 10, False, 1),
    case("iris.csv", "species", iris[:2], 2, 10, True, 100),
]
origin = f"independent_fit.py with numpy {np.__version__}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}"
print(json.dumps({"origin": origin, "cases": cases}, indent=1))
