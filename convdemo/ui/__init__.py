"""The page: one lesson a folder, what they share, and a course's own pictures and kernels in its menus."""

from convdemo.hub import opened_course
from convdemo.kernels import add_kernels

add_kernels(opened_course().kernels)  # before any menu, link or check is made of the library
