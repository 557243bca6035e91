"""Convolutions for images, as a small library and an interactive page.

Read it in the order of the story. `correlation` says what one output pixel is; `kernels` names the weights that
people use, with their sources; `layers` makes a trainable layer of both; `least_squares` says which kernel turns one
picture into another, and `learning` finds it by gradient descent. `receptive_field` says what a unit of a deep layer
sees: of `stacks`, typed in `stack_text` or known from `networks`; `effective_field` (by `unit_gradient`) how much each
pixel counts, and `measured_field` which pixels a function really depends on. Around them, `images` turns an upload
into numbers, `rendering` turns numbers back into pictures, and `links` writes the state of the page into a URL. `ui`
is the page itself; it alone knows Gradio.
"""
