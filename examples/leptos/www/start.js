import start from "./onesocket-leptos.js";

start().catch((error) => {
  document.body.textContent = `The chat could not be started: ${error}`;
});
