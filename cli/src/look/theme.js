// Runs before the first paint: marks that scripts are enabled, and applies the last chosen theme. Then the button "theme"
// switches between system, light and dark.
"use strict";
(() => {
  const root = document.documentElement;
  const storage = "user-events-theme";
  const themes = ["system", "light", "dark"];
  const current = () => root.dataset.theme || "system";
  root.classList.add("js");
  try {
    const theme = localStorage.getItem(storage);
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // Some browsers refuse storage on file: URLs. The page then follows the system theme.
  }
  document.addEventListener("DOMContentLoaded", () => {
    const show = () => { document.querySelector("#theme-name").textContent = current(); };
    document.querySelector("#theme").addEventListener("click", () => {
      const next = themes[(themes.indexOf(current()) + 1) % themes.length];
      if (next === "system") delete root.dataset.theme;
      else root.dataset.theme = next;
      show();
      try {
        localStorage.setItem(storage, next);
      } catch {
        // Without storage, the choice is lost with the page.
      }
    });
    show();
  });
})();
