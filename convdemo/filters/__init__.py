"""Which filters does one find in the visual cortex, in photographs, and in trained networks?

`gabors` is a bank of Gabors, as a model of the visual cortex; `ica` finds filters in photographs by independent
component analysis, `denoiser` by training a network; and `gabor_fit` says which Gabor each of them is most like.
"""

from convdemo.filters.denoiser import Denoiser, example_photographs, trained_network
from convdemo.filters.gabor_fit import GOOD, GaborFit, fit_gabors
from convdemo.filters.gabors import (
    MAX_ORIENTATIONS,
    GaborFilter,
    Responses,
    gabor_bank,
    make_filter,
    respond,
    strongest_orientation,
)
from convdemo.filters.ica import COUNTS, SIDES, LearnedFilters, learn_filters

__all__ = [
    "COUNTS",
    "GOOD",
    "MAX_ORIENTATIONS",
    "SIDES",
    "Denoiser",
    "GaborFilter",
    "GaborFit",
    "LearnedFilters",
    "Responses",
    "example_photographs",
    "fit_gabors",
    "gabor_bank",
    "learn_filters",
    "make_filter",
    "respond",
    "strongest_orientation",
    "trained_network",
]
