// SPDX-License-Identifier: Apache-2.0
// Before the first paint, so that nothing flashes: the chosen theme and language.
(() => {
  const chosen = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const theme = chosen("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  const language = chosen("language") || navigator.language || "en";
  document.documentElement.lang = language.startsWith("ja") ? "ja" : "en";
})();
