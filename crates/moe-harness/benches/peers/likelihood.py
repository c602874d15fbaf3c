"""The log-likelihood and score of two classes in NumPy, as fast as it will go, and the protocol of the Python peers.

A peer is called as `peer.py DATA.csv STARTS REPETITIONS BOX`. STARTS has a line of pinned parameters for each start.
It fits from all of them, REPETITIONS times after one that does not count, and prints a JSON line for each.
"""

import json
import sys
import time

import numpy as np


class MeanLoss:
    """−(log-likelihood) / n and its gradient; every array is allocated once.

    With s = ±1 for class 0 and 1 and q_i = f_i(y) = 1 / (1 + exp(−s z_i)), 1{y = 0} − f_i(0) = s (1 − q_i): one
    exponential for each logit, as few as there can be. Arrays are logit by row, so that every operation is contiguous.
    """

    def __init__(self, x, y, experts):
        self.n, d = x.shape
        self.k, self.p = experts, d + 1
        self.rows = np.ascontiguousarray(np.vstack([np.ones(self.n), x.T]))
        self.columns = np.ascontiguousarray(self.rows.T)
        self.minus_sign = np.where(y == 0, -1.0, 1.0)
        self.logit = np.empty((2 * experts - 1, self.n))
        self.gate = np.ones((experts, self.n))
        self.own = np.empty((experts, self.n))
        self.joint = np.empty((experts, self.n))
        self.evaluations = 0

    def __call__(self, parameters):
        self.evaluations += 1
        k, gates = self.k, self.k - 1
        np.matmul(parameters.reshape(-1, self.p), self.rows, out=self.logit)
        np.exp(self.logit[:gates], out=self.gate[:gates])
        self.gate[gates] = 1.0
        self.gate /= self.gate.sum(axis=0)
        np.multiply(self.logit[gates:], self.minus_sign, out=self.own)
        np.exp(self.own, out=self.own)
        self.own += 1.0
        np.reciprocal(self.own, out=self.own)
        np.multiply(self.gate, self.own, out=self.joint)
        density = self.joint.sum(axis=0)
        self.joint /= density
        np.subtract(self.joint[:gates], self.gate[:gates], out=self.logit[:gates])
        np.subtract(self.own, 1.0, out=self.own)
        self.own *= self.minus_sign
        np.multiply(self.joint, self.own, out=self.logit[gates:])
        gradient = self.logit @ self.columns
        return -np.log(density).mean(), gradient.ravel() / -self.n


def read(path):
    """Covariates and labels of a file written by `moe replay --data`, whose counts must all be 1."""
    table = np.loadtxt(path, delimiter=",", skiprows=1)
    if not (table[:, -1] == 1).all() or set(table[:, -2]) != {0.0, 1.0}:
        sys.exit("expected two classes and counts of 1")
    return table[:, :-2], table[:, -2]


def projected(parameters, gradient, box):
    """The largest component of the score that the box does not hold back."""
    held = ((parameters >= box) & (gradient < 0)) | ((parameters <= -box) & (gradient > 0))
    return float(np.abs(np.where(held, 0.0, gradient)).max())


def compare(make_loss, minimise):
    """Runs the protocol. `make_loss(x, y, experts)` gives an object that counts its evaluations."""
    path, starts, repetitions, box = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    x, y = read(path)
    starts = np.atleast_2d(np.loadtxt(starts))
    experts = (starts.shape[1] // (x.shape[1] + 1) + 1) // 2
    for repetition in range(repetitions + 1):
        clock = time.perf_counter()
        loss = make_loss(x, y, experts)
        ends = [minimise(loss, np.clip(start, -box, box), box) for start in starts]
        seconds = time.perf_counter() - clock
        evaluations = loss.evaluations
        best = min(ends, key=lambda end: end.fun)
        value, gradient = MeanLoss(x, y, experts)(best.x)
        if repetition > 0:
            print(json.dumps({
                "seconds": seconds,
                "log_likelihood": -float(value) * len(y),
                "evaluations": evaluations,
                "score": projected(best.x, gradient, box),
            }), flush=True)
