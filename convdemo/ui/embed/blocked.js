// A frame whose sandbox has no allow-same-origin belongs to nobody: no module of the lab may be loaded there.
document.getElementById("blocked").hidden = origin !== "null";
