"""What of a run can be taken away? Its history as a table, and its kernel as text."""

import csv
import io

import numpy as np

from convdemo.kernels import format_kernel
from convdemo.learning import History
from convdemo.ui.parts.files import save_file


def save_history(history: History, stem: str) -> str:
    """Write a run as a table, as `history_csv` does; the path of the file, whose name begins with `stem`."""
    return str(save_file(history_csv(history).encode(), f"{stem}-history.csv"))


def save_kernel(history: History, stem: str) -> str | None:
    """Write the learned kernel as text, a row a line; the path of the file, None for a run that diverged."""
    if history.diverged:
        return None
    rows = format_kernel(np.asarray(history.kernel)).replace("; ", "\n")
    return str(save_file(f"{rows}\n".encode(), f"{stem}-kernel.txt"))


def history_csv(history: History) -> str:
    """Write a run as a table: the step, the loss before its update, and the bias and kernel that it had then."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    cells = [f"kernel[{row},{column}]" for row, column in np.ndindex(history.kernel.shape)]
    writer.writerow(["step", "loss", "bias", *cells])
    losses = [*history.losses, history.final_loss][: history.steps + 1]
    for updates, kernel, bias in zip(history.kept, history.kernels, history.biases, strict=True):
        if updates < len(losses):
            numbers = (losses[updates], bias, *kernel.flat)
            writer.writerow([updates + 1, *(f"{number:.9g}" for number in numbers)])
    return file.getvalue()
