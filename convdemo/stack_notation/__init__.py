"""What did someone mean by the stack of layers that they pasted?

`convdemo.receptive_field.stack_text` reads and writes the lab's own way: `kernel,stride,dilation,padding` for each
layer. People have stacks in other ways: a link of the Fomoro calculator, lines of PyTorch, Keras or Flax, what
PyTorch prints, a class with its forward pass, `conv3-64` and `3x3 conv, 64, /2`. `read_stack` reads what is meant.
Nothing is ever run, and what has no place in a row of layers (branches, layers that enlarge the map) is refused, with
the line.
"""

from convdemo.stack_notation.reading import MAX_CHARACTERS, StackReading, is_exchange, read_stack

__all__ = ["MAX_CHARACTERS", "StackReading", "is_exchange", "read_stack"]
