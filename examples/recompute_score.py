#!/usr/bin/env python3
"""Recomputes log-likelihood and score of a fit from its definition, independently of the program.

    moe replay FILE --cell C --size N --replication R --data data.csv --parameters fit.json
    python3 examples/recompute_score.py data.csv fit.json

Plain Python 3, no packages: the gradient is written out from

    g(s|x) = sum_i pi_i(x) f_i(s|x),  pi_i ~ exp(b0_i + b1_i . M(x)),  f_i(s|x) ~ exp(a_is + b_is . x)

and sums are exact (math.fsum). Exit code 0 when log-likelihood (relative), every component of the mean score and the
certificate's projected score agree to 1e-8, 1 otherwise.
"""

import csv
import json
import math
import re
import sys

TOLERANCE = 1e-8


def gate_map(spelling):
    name, argument = re.fullmatch(r"([a-z]+)(?:\((.*)\))?", spelling).groups()
    w = float(argument) if argument else 1.0
    return {
        "identity": lambda v: v,
        "sin": lambda v: math.sin(w * v),
        "cos": lambda v: math.cos(w * v),
        "tanh": lambda v: math.tanh(w * v),
        "sigmoid": lambda v: 1.0 / (1.0 + math.exp(-w * v)),
        "power": lambda v: v ** int(w),
    }[name]


def softmax(logits):
    top = max(logits)
    terms = [math.exp(v - top) for v in logits]
    total = math.fsum(terms)
    return [t / total for t in terms]


def affine(row, x):
    return row[0] + math.fsum(b * v for b, v in zip(row[1:], x))


def unpack(parameters, experts, classes, dim):
    """Gate rows of all experts but the last; then, expert by expert, rows of all classes but the last."""
    width = 1 + dim
    rows = [parameters[i : i + width] for i in range(0, len(parameters), width)]
    assert len(rows) == (experts - 1) + experts * (classes - 1), "parameters do not fit the model"
    gates, rest = rows[: experts - 1], rows[experts - 1 :]
    return gates, [rest[i * (classes - 1) : (i + 1) * (classes - 1)] for i in range(experts)]


def evaluate(data, model, parameters):
    """Total log-likelihood, and its gradient divided by the sample size."""
    experts, classes, dim = model["experts"], model["classes"], model["covariates"]
    gates, logits = unpack(parameters, experts, classes, dim)
    transform = gate_map(model["gate_map"])
    values, terms = [], [[] for _ in parameters]
    for x, label, count in data:
        m = [transform(v) for v in x]
        pi = softmax([affine(row, m) for row in gates] + [0.0])
        f = [softmax([affine(row, x) for row in rows] + [0.0]) for rows in logits]
        joint = [p * q[label] for p, q in zip(pi, f)]
        density = math.fsum(joint)
        values.append(count * math.log(density))
        posterior = [j / density for j in joint]
        at = 0
        for i in range(experts - 1):
            slope = count * (posterior[i] - pi[i])
            for v in [1.0] + m:
                terms[at].append(slope * v)
                at += 1
        for i in range(experts):
            for c in range(classes - 1):
                slope = count * posterior[i] * ((1.0 if c == label else 0.0) - f[i][c])
                for v in [1.0] + x:
                    terms[at].append(slope * v)
                    at += 1
    size = sum(count for _, _, count in data)
    return math.fsum(values), [math.fsum(t) / size for t in terms]


def projected(score, parameters, bound):
    """Largest component that the box does not hold back: at a wall, one that points outwards does not count."""
    free = (s for s, v in zip(score, parameters) if not (abs(v) >= bound and s * v > 0.0))
    return max((abs(s) for s in free), default=0.0)


def main(data_file, fit_file):
    with open(data_file, newline="") as file:
        lines = list(csv.reader(file))[1:]
    data = [([float(v) for v in line[:-2]], int(line[-2]), int(line[-1])) for line in lines]
    with open(fit_file) as file:
        model = json.load(file)
    fit = model["fit"]
    value, score = evaluate(data, model, fit["parameters"])
    largest = projected(score, fit["parameters"], model["box"])
    errors = {
        "log-likelihood, relative": abs(value - fit["log_likelihood"]) / max(1.0, abs(value)),
        "score, largest difference": max(abs(a - b) for a, b in zip(score, fit["score_components"])),
        "projected score": abs(largest - fit["score"]),
    }
    place = f"{model['cell']}, n = {model['size']}, replication {model['replication']}"
    certificate = f"recorded projected score {fit['score']:.1e}, recomputed {largest:.1e}"
    print(f"{place} ({model['status']}): " + ", ".join(f"{k} {v:.1e}" for k, v in errors.items()) + f"; {certificate}")
    return 0 if max(errors.values()) <= TOLERANCE else 1


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2]))
