"""The lesson: locality and translation equivariance replace millions of weights."""
