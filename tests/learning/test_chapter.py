"""The run of "Learning a Kernel" ("Convolutions for Images", Dive into Deep Learning), as printed there."""

import numpy as np

from convdemo.learning import CHAPTER_IMAGE, CHAPTER_TARGET, chapter_run, format_epochs, learn_kernel


def test_the_chapters_run_prints_its_five_lines_to_the_digit():
    # As the chapter prints them.
    assert format_epochs(chapter_run().losses) == (
        "epoch 2, loss 5.003\nepoch 4, loss 0.842\nepoch 6, loss 0.142\nepoch 8, loss 0.024\nepoch 10, loss 0.004"
    )
    # The kernel that nnx.Conv ends at from this seed; it is where learn_kernel ends, without nnx.Conv.
    np.testing.assert_allclose(chapter_run().kernel, [[0.9902, -0.9866]], atol=5e-5)


def test_learn_kernel_makes_the_same_run_from_the_same_seed():
    run = learn_kernel(CHAPTER_IMAGE, CHAPTER_TARGET, (1, 2), learning_rate=0.03, steps=10, seed=2762)
    assert format_epochs(run.losses) == format_epochs(chapter_run().losses)
    for name in (
        "losses",
        "final_loss",
        "kernel",
        "kernels",
        "kept",
        "biases",
        "floor",
        "largest_stable_learning_rate",
    ):
        np.testing.assert_allclose(getattr(run, name), getattr(chapter_run(), name), rtol=1e-4, atol=1e-6)
