// The shared picture has changed: the lesson on screen, and no other, is drawn anew.
(screen, ...counts) => counts.map((count, index) => (NAMES[index] === screen ? count + 1 : count))
