// Runs before the page is painted: marks that scripts run, and takes the theme that was chosen last.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  try {
    const theme = localStorage.getItem("user-events-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // A browser may refuse storage to files. The page then follows the system.
  }
})();
