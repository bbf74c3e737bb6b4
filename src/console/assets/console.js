// What every page has: buttons that show that something goes on, drop zones, and pages that are not left with unsaved text.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button || button.dataset.quick !== undefined) return;
    // After the browser has read the form: a disabled button would not be sent.
    setTimeout(() => { button.setAttribute("aria-busy", "true"); button.disabled = true; });
  });
}
// The browser keeps a page as it was left when the user comes back to it.
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("button[aria-busy]")) { button.removeAttribute("aria-busy"); button.disabled = false; }
});

for (const zone of document.querySelectorAll(".drop")) {
  const input = zone.querySelector("input[type=file]");
  const said = zone.querySelector("[data-chosen]");
  const show = () => {
    if (said && input.files.length) said.textContent = `${input.files[0].name} (${input.files[0].size.toLocaleString("en")} bytes)`;
    const radio = document.getElementById("from-zip");
    if (radio && input.files.length) radio.checked = true;
  };
  input.addEventListener("change", show);
  zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
  });
}

// Lists that lead somewhere when something is chosen.
for (const select of document.querySelectorAll("select[data-goes]")) {
  select.addEventListener("change", () => { if (select.value) location.assign(select.value); });
}

// An event is checked while it is typed.
const event_area = document.getElementById("event");
const event_said = document.getElementById("event-said");
if (event_area && event_said) {
  const check = () => {
    try { JSON.parse(event_area.value); event_said.textContent = ""; } catch (error) { event_said.textContent = `Not JSON yet: ${error.message}`; }
  };
  event_area.addEventListener("input", check);
  check();
}

// What came of an invocation is what the reader wants to see next.
document.getElementById("result")?.focus({ preventScroll: false });
