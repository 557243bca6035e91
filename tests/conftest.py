"""Settings that hold for every test."""

import jax

# A silent promotion from int to float, or from [n] to [n, m], hides mistakes: here it is an error.
jax.config.update("jax_numpy_dtype_promotion", "strict")
jax.config.update("jax_numpy_rank_promotion", "raise")
