// Runs before the first paint: marks that scripts are enabled, and applies the last chosen theme.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("user-events-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Some browsers refuse storage on file: URLs. The page then follows the system theme.
  }
})();
