"""Where does the network find a face?"""

from dataclasses import dataclass

import numpy as np

from convdemo.checks import check_number, check_whole
from convdemo.small_network.network import FIELD, JUMP
from convdemo.small_network.running import run_network


@dataclass(frozen=True)
class Proposal:
    """A unit that says "face".

    Attributes:
        unit: its (row, column) on the face map.
        probability: what it says.
    """

    unit: tuple[int, int]
    probability: float

    @property
    def window(self) -> tuple[range, range]:
        """The rows and the columns of the photo that it sees."""
        return tuple(range(JUMP * at, JUMP * at + FIELD) for at in self.unit)


def face_map(image: np.ndarray) -> np.ndarray:
    """Return how likely a face fills each window of 12 x 12 pixels, two pixels apart.

    >>> face_map(np.zeros((12, 12))).shape
    (1, 1)

    Args:
        image: as `run_network` takes it.

    Returns:
        float32 [rows, columns] in [0, 1]; the unit (i, j) sees rows 2i to 2i + 11 and columns 2j to 2j + 11.

    Raises:
        ValueError: it is no such photo.
    """
    return run_network(image)["face"][..., 0]


def proposals(faces: np.ndarray, threshold: float = 0.9) -> list[Proposal]:
    """Return the units of a face map above a threshold, the surest first.

    Raises:
        ValueError: the threshold is not from 0 to 1.
    """
    check_number("threshold", threshold, 0, 1)
    rows, columns = np.nonzero(faces > threshold)
    order = np.argsort(-faces[rows, columns], kind="stable")
    return [
        Proposal((int(rows[index]), int(columns[index])), float(faces[rows[index], columns[index]])) for index in order
    ]


def strongest(values: np.ndarray, count: int, apart: int) -> list[tuple[int, int]]:
    """Return the places of the largest values of a map, the largest first, none within `apart` of another.

    >>> strongest(np.float32([[1, 5, 4, 0, 3]]), 2, apart=2)
    [(0, 1), (0, 4)]

    Raises:
        ValueError: a number is none.
    """
    check_whole("count", count, 1, 100)
    left, found = values.astype(np.float32), []
    while len(found) < count and np.isfinite(left).any():
        row, column = (int(at) for at in np.unravel_index(np.argmax(left), left.shape))
        found.append((row, column))
        reach = [slice(max(0, at - apart), at + apart + 1) for at in (row, column)]
        left[reach[0], reach[1]] = -np.inf
    return found
