// A tab has been opened: its name for the header, and a count that begins what is drawn then.
(count) => ["NAME", count + 1]
