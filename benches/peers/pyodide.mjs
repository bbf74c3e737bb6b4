// Answers each line `[handler, event]` with the handler's result: node pyodide.mjs <pyodide.mjs> fresh|reused <handlers.py>

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [module, mode, handlers] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(module));
const source = readFileSync(handlers, "utf8");

async function start() {
  const pyodide = await loadPyodide({ stdout: () => {} });
  pyodide.runPython(source);
  return pyodide;
}

let kept = mode === "reused" ? await start() : null;
console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  const [handler, event] = JSON.parse(line);
  const pyodide = kept ?? (await start());
  pyodide.globals.set("event_text", event);
  console.log(pyodide.runPython(`json.dumps(${handler}(json.loads(event_text), None))`));
}
