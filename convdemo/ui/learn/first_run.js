// The lesson has been opened: the count that begins runs goes up, unless one has begun, movement is not wanted or nobody looks.
// In a course page nothing moves by itself.
(count) => count || "embed" in document.documentElement.dataset || matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden ? count : 1
