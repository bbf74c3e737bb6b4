// Colours for the editor: a text area that is seen through lies above the same text, which is drawn here as elements. The text
// area stays what the user edits, so that keyboard, spelling, undo and screen readers work as everywhere.
const keywords = new Set(("False None True and as assert async await break case class continue def del elif else except finally for from " +
  "global if import in is lambda match nonlocal not or pass raise return try type while with yield").split(" "));
const python = /(?<c>#[^\n]*)|(?<s>(?:[rbfu]{0,2})(?:"""[\s\S]*?(?:"""|$(?![\s\S]))|'''[\s\S]*?(?:'''|$(?![\s\S]))|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))|(?<n>\b\d[\w.]*)|(?<d>(?<=\b(?:def|class)\s+)\w+|@[\w.]+)|(?<w>\b[A-Za-z_]\w*)/gi;

function tokens(text, isPython) {
  if (!isPython) return [["", text]];
  const found = [];
  let at = 0;
  for (const match of text.matchAll(python)) {
    const groups = match.groups;
    const kind = groups.c ? "c" : groups.s ? "s" : groups.n ? "n" : groups.d ? "d" : keywords.has(groups.w) ? "k" : "";
    if (!kind) continue;
    if (match.index > at) found.push(["", text.slice(at, match.index)]);
    found.push([kind, match[0]]);
    at = match.index + match[0].length;
  }
  found.push(["", text.slice(at)]);
  return found;
}

function paint(pre, text, isPython, marked) {
  const lines = document.createDocumentFragment();
  let line;
  const open = () => {
    line = document.createElement("div");
    line.dataset.line = lines.childElementCount + 1;
    if (lines.childElementCount + 1 === marked) line.className = "here";
    lines.append(line);
  };
  open();
  for (const [kind, part] of tokens(text, isPython)) {
    part.split("\n").forEach((piece, number) => {
      if (number) open();
      if (!piece) return;
      if (!kind) { line.append(piece); return; }
      const span = document.createElement("span");
      span.className = `tok-${kind}`;
      span.textContent = piece;
      line.append(span);
    });
  }
  pre.replaceChildren(lines);
}

const box = document.querySelector(".editor");
const area = box?.querySelector("textarea");
// Very long files are edited without colours.
if (area && area.value.length < 200_000) {
  const pre = document.createElement("pre");
  pre.setAttribute("aria-hidden", "true");
  box.prepend(pre);
  box.classList.add("live");
  const isPython = box.dataset.path.endsWith(".py");
  const marked = Number(box.dataset.line);
  const follow = () => { pre.scrollTop = area.scrollTop; pre.scrollLeft = area.scrollLeft; };
  const draw = () => { paint(pre, area.value, isPython, marked); follow(); };
  area.addEventListener("input", draw);
  area.addEventListener("scroll", follow);
  draw();
  if (marked) {
    const place = area.value.split("\n").slice(0, marked - 1).reduce((sum, text) => sum + text.length + 1, 0);
    area.setSelectionRange(place, place);
    area.focus();
    area.scrollTop = Math.max(0, (marked - 6) * parseFloat(getComputedStyle(area).lineHeight));
  }
}
if (area) {
  const first = area.value;
  const state = document.getElementById("unsaved");
  const form = area.form;
  let leaving = false;
  form.addEventListener("submit", () => { leaving = true; });
  const changed = () => area.value !== first;
  area.addEventListener("input", () => { state.textContent = changed() ? "Not saved yet" : ""; });
  addEventListener("beforeunload", (event) => { if (changed() && !leaving) event.preventDefault(); });
  area.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); form.requestSubmit(); }
    // Tab indents; after Escape it leaves the editor as everywhere else.
    if (event.key === "Escape") area.dataset.leaves = "";
    else if (event.key === "Tab" && !event.shiftKey && area.dataset.leaves === undefined) {
      event.preventDefault();
      document.execCommand("insertText", false, "    ");
    } else if (event.key !== "Tab" && event.key !== "Shift") delete area.dataset.leaves;
    if (event.key === "Enter" && !event.isComposing) {
      const before = area.value.slice(0, area.selectionStart).split("\n").pop();
      const indent = before.match(/^[ \t]*/)[0] + (/:\s*$/.test(before) ? "    " : "");
      if (indent) { event.preventDefault(); document.execCommand("insertText", false, "\n" + indent); }
    }
  });
}
