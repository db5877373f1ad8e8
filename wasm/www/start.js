import start from "./onesocket_console.js";

start().catch((error) => {
  const note = document.getElementById("failed");
  note.textContent = `The console could not be started: ${error}`;
  note.hidden = false;
});
