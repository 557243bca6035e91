"""The lab in a lecture: on the projector, on the students' phones, on a card and on paper.

`present=1` (state.py, early.js, present.js) shows a lesson in type for the last row. The link of what is on screen
becomes a QR code (code.js), a picture to keep (card.js) and a hand-out of one page (handout.js); all of it is made in
the browser, of what stands there (figures.js), and loaded when it is asked for (parcel.py).
"""
