// A source has been chosen: a program that filters a photo may add a constant; what makes the other feature maps adds none.
(source) => source === "pair"
