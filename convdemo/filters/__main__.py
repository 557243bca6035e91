"""`python -m convdemo.filters` trains the denoiser again, in about 7 s, and writes denoiser.npz."""

from convdemo.filters.denoiser import main

main()
