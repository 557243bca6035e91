"""What can a program ask of the bank of filters? The filters, and what each of them answers to a picture."""

import io

import numpy as np

from convdemo.images import to_grey
from convdemo.ui.api.endpoint import Endpoint, as_file, as_png, given_picture, rows_of
from convdemo.ui.filters.bank_view import ask_bank, ask_directions, make_bank
from convdemo.ui.filters.state import STATE


def filter_bank(
    picture: str | dict,
    orientations: int = 8,
    wavelengths: list[int] = (4, 8),
    phases: list[int] = (0, 90),
    wave: int = 6,
) -> dict:
    """Lay a bank of oriented filters, Gabors, on a picture, and tell what each of them answers.

    Args:
        picture: a file (`handle_file` of the clients sends it), a data URL, or the name of an example such as "coffee".
        orientations: how many, evenly over half a turn, 2 to 16.
        wavelengths: in pixels, some of 3 to 9.
        phases: in degrees, some of 0, 45, 90 and 135.
        wave: the wavelength for the map of directions, 3 to 9.

    Returns:
        "filters": for each its "angle", "wavelength", "phase", "weights" row by row, the "step" between the places
        where it is laid, and of its answers the "root_mean_square" and the "strongest", signed; "responses": an .npz
        file with the answers of each filter by its number, from 1; "pictures": PNG files of the "filters", of all
        "responses", and of the strongest "directions", a colour for each.

    Raises:
        ValueError: what is wrong, in one sentence.
    """
    given = {"orientations": orientations, "wavelengths": wavelengths, "phases": phases, "wave": wave}
    asked = STATE.check(given, tuple(given))
    wave = asked.pop("wave")
    image, bank = to_grey(given_picture(picture).photo.pixels), make_bank(**asked)
    drawn = ask_bank(image, bank, asked["orientations"])
    directions = ask_directions(image, wave, asked["orientations"])
    answers = io.BytesIO()
    np.savez_compressed(answers, **{str(number): one.values for number, one in enumerate(drawn.answers, start=1)})
    return {
        "filters": [
            {
                "angle": made.angle,
                "wavelength": made.wavelength,
                "phase": made.phase,
                "weights": rows_of(made.weights),
                "step": answer.step,
                "root_mean_square": float(np.sqrt(np.mean(np.square(answer.values, dtype=np.float64)))),
                "strongest": float(answer.values.flat[np.abs(answer.values).argmax()]),
            }
            for made, answer in zip(bank, drawn.answers, strict=True)
        ],
        "responses": as_file(answers.getvalue(), "responses.npz"),
        "pictures": {
            "filters": as_png(drawn.filters.pictures[0], "filters"),
            "responses": as_png(drawn.responses.pictures[0], "responses"),
            "directions": as_png(directions, "directions"),
        },
    }


ENDPOINTS = (Endpoint(filter_bank, "filters", 2),)
