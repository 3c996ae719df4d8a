// data-prints="ID" prints the frame of that name; nothing is printed before somebody says so.
for (const button of document.querySelectorAll("[data-prints]")) {
  button.hidden = false;
  button.addEventListener("click", () => document.getElementById(button.dataset.prints).contentWindow.print());
}
