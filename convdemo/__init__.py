"""Convolutions for images, as a small library and an interactive page.

Read it in the order of the story; of a package, its first lines say what each of its modules is for. `correlation` says
what one output pixel is; `kernels` names the weights that people use, with their sources, and `kernel_text` reads and
writes them; `layers` makes a trainable layer of both. `learning` finds the kernel that turns one picture into another,
`receptive_field` says what a unit of a deep layer sees, `why_convolution` tries what shared weights and small windows
are good for, and `filters` looks at the filters of the visual cortex, of photographs and of trained networks. Around
them, `images` turns a file into numbers, `decoder` does it in a process of its own, `rendering` turns numbers back into
pictures, and `links` writes the state of the page into a URL; `numbers` writes numbers, `checks` refuses them, and
`words` reads the names and notes that stand in files. `ui` is the page itself; it alone knows Gradio.
"""

VERSION = "1.0.0"
"""Of all of it: the library and the page."""
