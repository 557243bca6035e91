"""Why does no kernel explain what a program made of a picture?

A convolution adds up weighted pixels, and nothing else. What a program does besides leaves a signature in what the best
kernel leaves unexplained: values that were cut off at 0 and 1, an absolute value, light that is counted in another way,
another grey, the blocks of a JPEG, noise, a value of the window itself. `explain` tries each on a sample of windows,
and tells the likely ones with their numbers.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convdemo.learning.alignment import CLEARLY, EXACT, Alignment, fit_windows, sample_windows
from convdemo.learning.least_squares import MAX_SIDE

GREYS: Mapping[str, tuple[float, float, float]] = {
    "rec601": (0.299, 0.587, 0.114),
    "rec709": (0.2126, 0.7152, 0.0722),
    "mean": (1 / 3, 1 / 3, 1 / 3),
    "swapped": (0.114, 0.587, 0.299),
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
}
"""What programs take for grey: how much of red, green and blue. "swapped" is Rec. 601 for red and blue mixed up."""

FULL_LEVELS = 255
"""Numbers of levels count in steps of 8 bits, however many bits a picture has."""

_ROUNDED = 2.0  # times what rounding leaves: not worth a word
_CERTAIN = 20.0  # times less unexplained: nothing else is looked for
_NUMBERS_AT_ONCE = 2**20
_FEW = 8000  # windows for what is tried many times
_LARGEST_LIFTED = 25  # cells


@dataclass(frozen=True)
class Reason:
    """Something that a program did besides, or instead of, a convolution.

    Attributes:
        kind: one of "exact", "turned", "stretched", "bias", "larger", "clipped", "absolute", "magnitude", "wrapped",
            "gamma", "curve", "grey", "rank", "threshold", "jpeg", "noise", "small" (less than a level is left),
            "unknown".
        numbers: what is to be said of it, by name; "ratio" is how many times less it leaves unexplained.
        offer: the settings that help, by name: "bias", "rows" and "columns", "compare"; empty where none does.
    """

    kind: str
    numbers: Mapping[str, float | str]
    offer: Mapping[str, bool | int | str] = field(default_factory=dict)


def srgb_to_linear(values: np.ndarray) -> np.ndarray:
    """Return how much light values from 0 to 1 stand for (IEC 61966-2-1), float32 of the same shape.

    >>> srgb_to_linear(np.array([0, 0.5, 1])).round(4).tolist()
    [0.0, 0.21400000154972076, 1.0]
    """
    values = np.asarray(values, np.float32)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


def to_grey_as(pixels: np.ndarray, grey: str, *, linear: bool = False) -> np.ndarray:
    """Return how bright each pixel is, as one of `GREYS` counts colours.

    >>> to_grey_as(np.uint8([[[255, 0, 0]], [[0, 255, 0]]]), "rec709")
    array([[0.2126],
           [0.7152]], dtype=float32)

    Args:
        pixels: [height, width, 1 or 3], float32 from 0 to 1 or uint8. They are worked through in strips.
        grey: its name; one channel is taken as it is.
        linear: whether the colours are made to count light first, as `srgb_to_linear` does.

    Returns:
        float32 [height, width], from 0 to 1.
    """
    result = np.empty(pixels.shape[:2], np.float32)
    rows = max(1, _NUMBERS_AT_ONCE // max(1, math.prod(pixels.shape[1:])))
    for first in range(0, len(pixels), rows):
        strip = _as_floats(pixels[first : first + rows])
        strip = srgb_to_linear(strip) if linear else strip
        result[first : first + rows] = strip[:, :, 0] if strip.shape[2] == 1 else strip @ np.float32(GREYS[grey])
    return result


def _as_floats(values):
    return values / np.float32(FULL_LEVELS) if values.dtype == np.uint8 else np.asarray(values, np.float32)


def explain(
    before: np.ndarray, after: np.ndarray, alignment: Alignment, shape: tuple[int, int], *, bias: bool
) -> list[Reason]:
    """Return what explains the picture after besides the best kernel, the likeliest first.

    >>> image = np.random.default_rng(0).random((60, 80, 1))
    >>> difference = np.clip(image - np.roll(image, -1, axis=1), 0, 1)  # what is negative is cut off
    >>> whole = Alignment(((0, 60), (0, 79)), ((0, 60), (0, 78)))
    >>> reason, *_ = explain(image, difference, whole, (1, 2), bias=False)
    >>> reason.kind, round(reason.numbers["black"], 1), reason.offer
    ('clipped', 0.5, {'compare': 'inside'})

    Args:
        before: [height, width, 1 or 3], float from 0 to 1 or uint8.
        after: the same of the picture after.
        alignment: how they lie on each other.
        shape: (height, width) of the kernel.
        bias: whether a bias is learned.

    Returns:
        One or two reasons; the first is "exact" where a kernel explains all but what rounding leaves.
    """
    pair = _Pair.of(before, after, alignment, shape, bias)
    if pair is None:
        return []
    reasons = _explain(pair)
    if reasons[0].kind == "clipped" and reasons[0].numbers["ratio"] < _CERTAIN and (rest := pair.inside()):
        # Something else was done as well: what explains the others?
        reasons += [reason for reason in _explain(rest)[:1] if reason.numbers.get("ratio", 0) >= CLEARLY]
    return reasons


def _explain(pair):
    if pair.error <= pair.rounding:
        return [Reason("exact", {"levels": pair.levels}), *filter(None, [_stretched(pair), _turned(pair)])]
    told = _best(tell(pair) for tell in (_threshold, _rank, _bias, _clipped, _grey, _gamma))
    if not _is_certain(told):
        told = _best([*told, *(tell(pair) for tell in (_larger, _absolute, _wrapped))])
    if _is_certain(told):
        return told
    # A JPEG makes errors of every kind, and little is exactly 0 in it of what was cut off before.
    if jpeg := _jpeg(pair):
        return [jpeg, *(told or filter(None, [_cut_off(pair)]))]
    rest = _noise(pair) or Reason(
        "small" if pair.levels < 1 else "unknown", {"share": pair.share, "levels": pair.levels}
    )
    return told or [rest]


def _best(reasons):
    """The reason that leaves least unexplained, alone in a list; an empty one where there is none."""
    return sorted(filter(None, reasons), key=lambda reason: -reason.numbers["ratio"])[:1]


def _is_certain(told):
    return bool(told) and told[0].numbers["ratio"] >= _CERTAIN


@dataclass(frozen=True, eq=False)
class _Pair:
    """A pair of pictures, a sample of its windows, and what the best kernel leaves of it.

    `windows` [count, height, width] and `wanted` [count] are the sample, and `error` is the mean squared error on it;
    one of at most `rounding` is worth no word.
    """

    image: np.ndarray
    target: np.ndarray
    before: np.ndarray
    after: np.ndarray
    alignment: Alignment
    shape: tuple[int, int]
    bias: bool
    windows: np.ndarray
    wanted: np.ndarray
    kernel: np.ndarray
    offset: float
    error: float
    rounding: float
    only_inside: bool = False

    @classmethod
    def of(cls, before, after, alignment, shape, bias):
        greys = to_grey_as(before, "rec601"), to_grey_as(after, "rec601")
        image, target = alignment.cut(*greys)
        sample = sample_windows(image, target, (0, 0), shape)
        if sample is None or len(sample[1]) < 4 * (math.prod(shape) + 1):
            return None
        windows, wanted = sample
        fit = fit_windows(windows, wanted, bias=bias).part(shape)
        error, step = fit.floor / len(wanted), _step(after)
        rounding = max(EXACT, _ROUNDED * step**2 / 12)
        return cls(
            image, target, before, after, alignment, shape, bias, windows, wanted, fit.kernel, fit.bias, error, rounding
        )

    def inside(self):
        """The same pair without the outputs that are exactly 0 or 1; None where too few are left."""
        kept = (self.wanted > 0) & (self.wanted < 1)
        if kept.sum() < 4 * (math.prod(self.shape) + 1):
            return None
        windows, wanted = self.windows[kept], self.wanted[kept]
        kernel, offset, error = _fit(windows, wanted, self.bias)
        new = {"windows": windows, "wanted": wanted, "kernel": kernel, "offset": offset, "error": error}
        return replace(self, **new, only_inside=True)

    def sample(self, image, target, starts, shape, **options):
        """As `sample_windows`, of the outputs that this pair is about."""
        sample = sample_windows(image, target, starts, shape, **options)
        if sample is None or not self.only_inside:
            return sample
        kept = (sample[1] > 0) & (sample[1] < 1)
        return sample[0][kept], sample[1][kept]

    @property
    def levels(self):
        return FULL_LEVELS * math.sqrt(self.error)

    @property
    def share(self):
        return self.error / max(float(np.var(self.wanted)), EXACT)

    def predict(self, windows):
        return windows.reshape(len(windows), -1) @ self.kernel.ravel() + self.offset

    def ratio(self, error):
        """How many times less an explanation leaves; what rounding leaves, no explanation can explain."""
        return self.error / max(error, self.rounding / _ROUNDED)


def _step(after):
    """The step between the values of a picture: a 255th if that is what all are multiples of, or a 65535th."""
    if after.dtype == np.uint8:
        return 1 / FULL_LEVELS
    scaled = FULL_LEVELS * after[:: max(1, after.shape[0] // 64)].astype(np.float64)
    return 1 / FULL_LEVELS if np.abs(scaled - np.rint(scaled)).max() < 1e-3 else 1 / 65535


def _fit(windows, wanted, bias):
    """The least-squares kernel, its bias, and its mean squared error."""
    fit = fit_windows(windows, wanted, bias=bias).part(windows.shape[1:3])
    return fit.kernel, fit.bias, fit.floor / max(1, len(wanted))


# ---- a kernel, and a little more ---------------------------------------------------------------------------------


def _turned(pair):
    """A kernel that is another one when it is turned: people mix up convolution and cross-correlation."""
    difference = np.abs(pair.kernel - pair.kernel[::-1, ::-1]).max()
    is_odd = difference > 0.05 * np.abs(pair.kernel).max()
    return Reason("turned", {"difference": float(difference)}) if is_odd else None


def _bias(pair):
    """Something was added everywhere, and no bias is learned."""
    if pair.bias:
        return None
    kernel, offset, error = _fit(pair.windows, pair.wanted, True)
    if pair.ratio(error) < CLEARLY:
        return None
    kind = "stretched" if _reaches_both_ends(pair, kernel, offset) else "bias"
    return Reason(kind, {"bias": offset, "ratio": pair.ratio(error)}, {"bias": True})


def _stretched(pair):
    """The result was stretched to its own minimum and maximum: with a bias that is a kernel too."""
    if abs(pair.offset) > 0.02 and _reaches_both_ends(pair, pair.kernel, pair.offset):
        return Reason("stretched", {"bias": pair.offset, "ratio": 1.0})
    return None


def _reaches_both_ends(pair, kernel, offset):
    """Whether some outputs are exactly 0 and some exactly 1, and none lies beyond: not cut off, but stretched."""
    if pair.target.min() > 0 or pair.target.max() < 1 or abs(offset) <= 0.02:
        return False
    ends = [np.argwhere(pair.target == end)[:500] for end in (pair.target.min(), pair.target.max())]
    views = sliding_window_view(pair.image, pair.shape)
    beyond = []
    for places in ends:
        predicted = views[places[:, 0], places[:, 1]].reshape(len(places), -1) @ kernel.ravel() + offset
        beyond.append(np.abs(predicted - pair.target[places[:, 0], places[:, 1]]).max())
    return max(beyond) < 3 / FULL_LEVELS


def _larger(pair):
    """A kernel with more cells leaves much less: the smallest that leaves about as little as the largest."""
    height, width = pair.shape
    most = MAX_SIDE - max(height, width)
    sizes = [(height + more, width + more) for more in range(2, most + 1, 2)]
    starts = [[-((side - own) // -2) for side, own in zip(size, pair.shape, strict=True)] for size in sizes]
    while sizes and min(have - side for have, side in zip(pair.image.shape, sizes[-1], strict=True)) < 8:
        sizes, starts = sizes[:-1], starts[:-1]
    if not sizes:
        return None
    sample = pair.sample(pair.image, pair.target, starts[-1], sizes[-1])
    if sample is None or len(sample[1]) < 4 * math.prod(sizes[-1]):
        return None
    sums = fit_windows(*sample, bias=pair.bias)
    own, *errors = (sums.part(size).floor / len(sample[1]) for size in (pair.shape, *sizes))
    enough = next(n for n, error in enumerate(errors) if error <= 1.5 * max(min(errors), pair.rounding / _ROUNDED))
    ratio = own / max(errors[enough], pair.rounding / _ROUNDED)
    if ratio < CLEARLY:
        return None
    (rows, columns), kernel = sizes[enough], sums.part(sizes[enough]).kernel
    # Where all that is more is a column, say, only columns are offered.
    if np.abs(kernel[[0, -1]]).max() < 0.02 * np.abs(kernel).max():
        rows = height
    elif np.abs(kernel[:, [0, -1]]).max() < 0.02 * np.abs(kernel).max():
        columns = width
    return Reason("larger", {"ratio": ratio, "rows": rows, "columns": columns}, {"rows": rows, "columns": columns})


# ---- what was done to the result ---------------------------------------------------------------------------------


def _clipped(pair):
    """What is below 0 or above 1 was cut off: the kernel of the other outputs says that these lie beyond."""
    black, white = pair.wanted <= 0, pair.wanted >= 1
    inside = ~(black | white)
    if black.sum() + white.sum() < 5 or inside.sum() < 4 * (math.prod(pair.shape) + 1):
        return None
    kernel, offset, error = _fit(pair.windows[inside], pair.wanted[inside], pair.bias)
    predicted = pair.windows.reshape(len(pair.wanted), -1) @ kernel.ravel() + offset
    beyond = np.append(-predicted[black], predicted[white] - 1)
    beyond = beyond[np.abs(beyond) > 1 / FULL_LEVELS]  # what is black in the picture before is black of itself
    mostly = np.mean(beyond > 0) if len(beyond) else 0.0
    ratio = pair.ratio(error)
    if mostly < 0.6 or ratio < CLEARLY:
        return None
    black, white = _ends(pair.target)
    return Reason("clipped", {"black": black, "white": white, "ratio": ratio}, {"compare": "inside"})


def _cut_off(pair):
    """The same where no kernel fits well enough to tell: far more is exactly 0 or 1 than before."""
    black, white = _ends(pair.target)
    if black + white < max(0.005, 4 * sum(_ends(pair.image))):
        return None
    return Reason("clipped", {"black": black, "white": white, "ratio": 1.0}, {"compare": "inside"})


def _ends(picture):
    """The shares of a picture that are exactly 0, and exactly 1."""
    return float(np.mean(picture <= 0)), float(np.mean(picture >= 1))


def _absolute(pair):
    """The size of a sum counts, not its sign; or the size of two sums together, as of an edge in all directions.

    The square of an output is linear in the products of every two pixels of its window. The matrix of their weights is
    k k' for one kernel, and the sum of two of these for two.
    """
    cells = math.prod(pair.shape)
    if pair.share < 0.005 or not 1 < cells <= _LARGEST_LIFTED:
        return None
    below = pair.wanted < 1
    met, wanted = pair.windows.reshape(-1, cells)[below][:20_000], pair.wanted[below][:20_000]
    first, second = np.triu_indices(cells)
    if len(wanted) < 2 * len(first):
        return None
    weights = fit_windows((met[:, first] * met[:, second])[:, None, :], wanted**2, bias=False).part((1, len(first)))
    matrix = np.zeros((cells, cells))
    matrix[first, second] = weights.kernel[0] / 2
    matrix += matrix.T
    size = np.sqrt(np.maximum(0, np.einsum("na,ab,nb->n", met, matrix, met, optimize=True)))
    error = float(np.mean((size - wanted) ** 2))
    values, vectors = np.linalg.eigh(matrix)
    kernel = vectors[:, -1] * math.sqrt(max(0.0, values[-1]))
    for _ in range(10):  # with the signs that this kernel gives, the kernel that fits best, and again
        sums = met @ kernel
        signed, _, error_of_one = _fit(met.reshape(-1, *pair.shape), np.sign(sums) * wanted, False)
        kernel = signed.ravel()
    if signed.any() and pair.ratio(error_of_one) >= max(2 * CLEARLY, pair.ratio(error) / CLEARLY):
        text = "; ".join(" ".join(f"{weight:.2g}" for weight in row) for row in _upright(signed))
        return Reason("absolute", {"ratio": pair.ratio(error_of_one), "kernel": text})
    return Reason("magnitude", {"ratio": pair.ratio(error)}) if pair.ratio(error) >= 2 * CLEARLY else None


def _threshold(pair):
    """Only two values are left: which side of a limit a sum lies on."""
    if len(np.unique(pair.wanted)) > 2 or len(np.unique(pair.windows[:_FEW])) <= 3:
        return None
    return Reason("threshold", {"ratio": math.inf})


def _upright(kernel):
    """A kernel or its negative, of which nobody knows which it was: the one whose last large weight is positive."""
    large = np.abs(kernel).ravel() > 0.3 * np.abs(kernel).max()
    kernel = kernel * np.sign(kernel.ravel()[large][-1])
    return np.where(np.abs(kernel) < 0.02 * np.abs(kernel).max(), 0.0, kernel)


def _wrapped(pair):
    """Sums beyond 8 bits began anew at the other end: -1 became 255."""
    turn, cells = 256 / FULL_LEVELS, math.prod(pair.shape)
    if pair.share < 0.05:
        return None
    windows, wanted = pair.windows[:_FEW], pair.wanted[:_FEW]
    met = windows.reshape(-1, cells)
    # Where a window is nearly flat its sum is small, so what is nearly white there was negative.
    quiet = np.argsort(np.ptp(met, axis=1))[: max(4 * cells, len(met) // 4)]
    start = np.where(wanted[quiet] > 0.5, wanted[quiet] - turn, wanted[quiet])
    kernel, offset, _ = _fit(windows[quiet], start, pair.bias)
    for _ in range(20):
        turns = np.rint((met @ kernel.ravel() + offset - wanted) / turn)
        kernel, offset, error = _fit(windows, wanted + turn * turns, pair.bias)
    share = float(np.mean(turns != 0))
    if pair.ratio(error) < 10 or share < 0.01:
        return None
    return Reason("wrapped", {"ratio": pair.ratio(error), "share": share})


def _gamma(pair):
    """The program counts in light, not in the numbers that stand for it; or it bent the result only."""
    windows, wanted = pair.windows.astype(np.float64), pair.wanted.astype(np.float64)
    cut_off = (wanted <= 0) | (wanted >= 1)
    if cut_off.mean() > 0.005:
        windows, wanted = windows[~cut_off], wanted[~cut_off]
    if len(wanted) < 4 * (math.prod(pair.shape) + 1) or windows.min() < 0:
        return None

    def unexplained(power, power_before, count=_FEW):
        light = wanted[:count] ** power
        return _fit(windows[:count] ** power_before, light, pair.bias)[2] / max(float(np.var(light)), EXACT)

    powers = [n / 10 for n in range(4, 31) if n != 10]
    both = {power: unexplained(power, power) for power in powers}
    curve = {power: unexplained(power, 1) for power in powers}
    plain, best, bent = unexplained(1, 1), *(min(errors, key=errors.get) for errors in (both, curve))
    if plain > CLEARLY * both[best]:  # worth a closer look
        near = [power for power in powers if abs(power - best) < 0.15]
        both = {power: unexplained(power, power, None) for power in near}
        plain, best = unexplained(1, 1, None), min(both, key=both.get)
    # What rounding leaves cannot be explained away, and makes no ratio larger.
    least = pair.rounding / _ROUNDED / max(float(np.var(wanted)), EXACT)
    ratios = [plain / max(left, least) for left in (both[best], curve[bent])]
    ends = powers[0], powers[-1]  # the best of all would lie beyond: what is left is noise, which a power weighs anew
    ratios = [0.0 if power in ends else ratio for power, ratio in zip((best, bent), ratios, strict=True)]
    if max(ratios) < CLEARLY:
        return None
    if ratios[0] >= ratios[1]:
        offer = {"compare": "linear"} if best > 1.5 else {}
        return Reason("gamma", {"gamma": best, "ratio": ratios[0]}, offer)
    return Reason("curve", {"gamma": bent, "ratio": ratios[1]})


def _grey(pair):
    """Another mixture of red, green and blue: each colour gets a kernel of its own, and they turn out to be alike."""
    if pair.before.shape[2] != 3:
        return None
    image, _ = pair.alignment.cut(pair.before, pair.after)
    windows, wanted = pair.sample(image, pair.target, (0, 0), pair.shape)
    if pair.before.dtype == np.uint8:
        windows /= FULL_LEVELS
    cells = math.prod(pair.shape)
    flat = windows.reshape(len(wanted), 1, 3 * cells)  # [count, 1, cells and colours]
    if len(wanted) < 4 * flat.shape[2]:
        return None
    fit = fit_windows(flat, wanted, bias=pair.bias).part((1, 3 * cells))
    ratio = pair.ratio(fit.floor / len(wanted))
    if ratio < CLEARLY:
        return None
    _, sizes, colours = np.linalg.svd(fit.kernel.reshape(cells, 3), full_matrices=False)
    weights = colours[0] / (colours[0].sum() or 1)
    if sizes[1] > 0.2 * sizes[0]:
        return None
    name = min(GREYS, key=lambda grey: np.abs(weights - GREYS[grey]).max())
    if np.abs(weights - GREYS[name]).max() > 0.03:
        name = "other"
    numbers = dict(zip(("red", "green", "blue"), map(float, weights), strict=True))
    offer = {"compare": name} if name in ("rec709", "mean") else {}
    return Reason("grey", {**numbers, "name": name, "ratio": ratio}, offer)


def _rank(pair):
    """Every output is a value of its window: the median, the least or the largest."""
    before, after = (picture[:, :, picture.shape[2] // 2 :][:, :, :1] for picture in (pair.before, pair.after))
    image, target = (_as_floats(part) for part in pair.alignment.cut(before[:, :, 0], after[:, :, 0]))
    centre = [(side - 1) // 2 for side in pair.shape]
    step = _step(pair.after)
    for side in (3, 5, 7):
        starts = [side // 2 - middle for middle in centre]
        sample = pair.sample(image, target, starts, (side, side), most=_FEW)
        if sample is None:
            continue
        windows, wanted = sample[0].reshape(-1, side * side), sample[1]
        ranks = {"median": np.median(windows, axis=1), "least": windows.min(axis=1), "largest": windows.max(axis=1)}
        for rank, values in ranks.items():
            share = float(np.mean(np.abs(values - wanted) < 0.6 * step))
            if share > 0.9:
                return Reason("rank", {"rank": rank, "side": side, "share": share, "ratio": math.inf})
    return None


# ---- what came on top --------------------------------------------------------------------------------------------


def _jpeg(pair):
    """The file was a JPEG: in its blocks of 8 x 8 pixels, and in no others, fine detail is exactly gone."""
    after = FULL_LEVELS * to_grey_as(pair.after[:2048, :2048], "rec601").astype(np.float64)
    vanished, moved = (_vanished(after[start:, start:]) for start in (0, 4))
    if vanished is None or moved is None or vanished - moved < 0.05:
        return None
    return Reason("jpeg", {"vanished": vanished, "moved": moved, "levels": pair.levels})


def _vanished(levels):
    """The share of the finer half of patterns in 8 x 8 blocks that are weaker than a level; None without a block."""
    rows, columns = (side // 8 for side in levels.shape)
    if not rows or not columns:
        return None
    blocks = levels[: 8 * rows, : 8 * columns].reshape(rows, 8, columns, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)
    whole = blocks[((blocks > 0) & (blocks < FULL_LEVELS)).all(axis=(1, 2))]  # nothing was cut off in them
    blocks = whole if len(whole) > 30 else blocks
    blocks = blocks[:: max(1, len(blocks) // 4000)]
    n = np.arange(8)
    waves = np.cos(np.pi * (2 * n[None] + 1) * n[:, None] / 16) * np.where(n[:, None], 0.5, math.sqrt(1 / 8))
    patterns = waves @ blocks @ waves.T
    return float(np.mean(np.abs(patterns[:, n[:, None] + n >= 8]) < 1))


def _noise(pair):
    """What is left is about the same everywhere, and neighbours know nothing of each other."""
    side = max(24, int(math.sqrt(3_000_000 / math.prod(pair.shape))))
    sides = [min(side, have) for have in pair.target.shape]
    first = [(have - used) // 2 for have, used in zip(pair.target.shape, sides, strict=True)]
    views = sliding_window_view(pair.image, pair.shape)
    part = tuple(slice(start, start + used) for start, used in zip(first, sides, strict=True))
    windows = views[part].reshape(-1, math.prod(pair.shape))
    left = pair.target[part] - pair.predict(windows).reshape(sides)
    left = left - left.mean()
    energy = float(np.mean(left**2))
    if not energy:
        return None
    neighbours = (
        max(abs(float(np.mean(a * b))) for a, b in ((left[1:], left[:-1]), (left[:, 1:], left[:, :-1]))) / energy
    )
    contrast = np.ptp(windows, axis=1)
    spread = abs(float(np.corrcoef(contrast, np.abs(left).ravel())[0, 1])) if np.ptp(contrast) else 0.0
    if neighbours > 0.1 or spread > 0.2:
        return None
    return Reason("noise", {"levels": FULL_LEVELS * math.sqrt(energy), "neighbours": neighbours})
