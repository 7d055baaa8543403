// Sets the colours that were chosen before the first paint; src/prefs.rs keeps them.
try {
  document.documentElement.dataset.theme = localStorage.getItem("skikt.theme") || "system";
} catch {
  // A browser told to keep nothing shows the system's colours.
}
