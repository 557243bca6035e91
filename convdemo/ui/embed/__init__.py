"""A lesson inside another page.

What of it is shown there (`state`, early.js, embed.css), how tall it is (framed.js), and the lines that a teacher
copies into a course (offer.js).
"""
