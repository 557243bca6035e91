"""Convolutions for images, as a small library and an interactive page.

Read it in the order of the story. `correlation` says what one output pixel is; `kernels` names the weights that
people use, with their sources; `layers` makes a trainable layer of both; `least_squares` says which kernel turns one
picture into another, and `learning` finds it by gradient descent. `receptive_field` says what a unit of a deep layer
sees: of `stacks`, typed in `stack_text` or known from `networks`; `effective_field` (by `unit_gradient`) how much each
pixel counts, and `measured_field` which pixels a function really depends on. `why_convolution` tries what shared
weights and small windows are good for, and `direction` what a kernel makes of a turned picture. `filters` is a bank of
Gabors, as a model of the visual cortex; `learned_filters` finds filters in photographs by independent component
analysis, `network_filters` by training a network; and `gabor_fit` says which Gabor each of them is most like. Around
them, `images` turns an upload into numbers, `rendering` turns numbers back into pictures, and `links` writes the state
of the page into a URL; `checks` refuses numbers, and `words` reads the sentences in which all of them do so. `ui` is
the page itself; it alone knows Gradio.
"""
