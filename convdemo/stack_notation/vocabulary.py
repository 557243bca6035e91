"""What do names in a program mean, where it makes a network?

Those of PyTorch, Keras and Flax, but for the layers themselves, which stand in the catalog.
"""

import re

from convdemo.stack_notation.catalog import Unknown, kind_of

PASSES = ("__call__", "forward", "call")
MAKERS = ("__init__", "setup", "build")
CONTAINERS = {"Sequential", "ModuleList", "OrderedDict", "list", "tuple", "List"}
WRAPPERS = {
    "spectral_norm",
    "weight_norm",
    "SpectralNorm",
    "WeightNorm",
    "SpectralNormalization",
    "TimeDistributed",
    "DataParallel",
    "jit",
}
INPUTS = {"Input", "InputLayer", "randn", "rand", "zeros", "ones"}
MODELS = {"Model", "Functional"}
WITHOUT_EFFECT = {
    "compile", "fit", "summary", "build", "eval", "train", "cuda", "cpu", "to", "half", "float", "double", "parameters",
    "state_dict", "load_state_dict", "apply", "print", "display", "plot_model", "manual_seed", "set_seed", "evaluate",
    "predict", "save", "requires_grad_", "__init__", "init", "init_weights", "_initialize_weights", "register_buffer",
    "append", "super", "len", "int", "str", "min", "max", "size", "dim",
}  # fmt: skip
TELLING = {"print", "display", "len", "int", "str", "plot_model", "super", "summary"}
NOT_THE_NETWORKS = re.compile(
    r"(?:.*\.)?(?:optim|optimizers?|optax|np|numpy|random|math|plt|time|os|logging|device|losses|metrics|datasets|transforms)"
    r"\..*|.*(?:Loss|Rngs|PRNGKey|device|Adam|SGD|DataLoader|summary|key|range)"
)
SAME_MAP = {
    "contiguous",
    "clone",
    "detach",
    "to",
    "float",
    "half",
    "cuda",
    "cpu",
    "astype",
    "type",
    "relu_",
    "requires_grad_",
}


def is_number(value: Unknown) -> bool:
    """Whether an unknown value is more likely a number than a map: alpha, self.scale."""
    return bool(re.search(r"scale|alpha|beta|gamma|eps|mean|std|temperature", value.text))


def is_passed(value: Unknown) -> bool:
    """Whether it is the name of what leaves a field alone: ReLU."""
    return kind_of(value.text.rpartition(".")[2]) == "pass"
