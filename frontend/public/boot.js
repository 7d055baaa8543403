// Sets the colours that were chosen before the first paint; src/prefs.rs keeps them.
try {
  document.documentElement.dataset.theme = localStorage.getItem("skikt.theme") || "system";
} catch {
  // A browser told to keep nothing shows the system's colours.
}

// Says so when the program ends by an error of its own: the page would only stand still.
const fail = (error) => {
  if (!(error instanceof WebAssembly.RuntimeError) || document.querySelector(".crash")) return;
  const words = document.createElement("p");
  words.textContent = "Something went wrong in this page, and it stands still. What the server does goes on.";
  const again = document.createElement("button");
  again.className = "button";
  again.textContent = "Reload";
  again.onclick = () => location.reload();
  const box = document.createElement("div");
  box.className = "crash failure";
  box.setAttribute("role", "alert");
  box.append(words, again);
  document.body.append(box);
};
addEventListener("error", (event) => fail(event.error));
addEventListener("unhandledrejection", (event) => fail(event.reason));
