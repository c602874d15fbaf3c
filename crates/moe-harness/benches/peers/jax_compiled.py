"""JAX: compiled value, gradient and Hessian; SciPy's trust-region Newton method, or with LBFGS=1 its L-BFGS-B.

Compilation is left out: it happens in the repetition that does not count.
"""

import os
from functools import lru_cache

import jax
import numpy as np
from scipy.optimize import minimize

from likelihood import compare
from numpy_lbfgs import lbfgs

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402


@lru_cache
def compiled(experts):
    def loss(parameters, rows, minus_sign):
        logit = parameters.reshape(-1, rows.shape[0]) @ rows
        gate = jax.nn.softmax(jnp.vstack([logit[: experts - 1], jnp.zeros((1, rows.shape[1]))]), axis=0)
        own = 1.0 / (1.0 + jnp.exp(minus_sign * logit[experts - 1 :]))
        return -jnp.log((gate * own).sum(axis=0)).mean()

    return jax.jit(jax.value_and_grad(loss)), jax.jit(jax.hessian(loss))


class CompiledLoss:
    """The same loss, compiled, and its Hessian."""

    def __init__(self, x, y, experts):
        self.both, self.second = compiled(experts)
        self.rows = jnp.vstack([jnp.ones(len(y)), jnp.asarray(x.T)])
        self.minus_sign = jnp.where(jnp.asarray(y) == 0, -1.0, 1.0)
        self.evaluations = 0

    def __call__(self, parameters):
        self.evaluations += 1
        value, gradient = self.both(parameters, self.rows, self.minus_sign)
        return float(value), np.asarray(gradient)

    def hessian(self, parameters):
        self.evaluations += 1
        return np.asarray(self.second(parameters, self.rows, self.minus_sign))


def trust_exact(loss, start, box):
    options = {"gtol": 1e-9, "maxiter": 500, "initial_trust_radius": 1.0, "max_trust_radius": 4 * box}
    return minimize(loss, start, jac=True, hess=loss.hessian, method="trust-exact", options=options)


if __name__ == "__main__":
    compare(CompiledLoss, lbfgs if os.environ.get("LBFGS") == "1" else trust_exact)
