// Outside judges of pages: axe-core for barriers, html-validate for the HTML as it was sent, the browser's own count of what a page weighs.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { FileSystemConfigLoader, HtmlValidate } from "html-validate";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
export const SCHEMES = ["light", "dark"];

// What the standard says, and what hinders people. Four rules are narrower than that:
const validator = new HtmlValidate(new FileSystemConfigLoader({
  root: true,
  extends: ["html-validate:standard", "html-validate:a11y"],
  rules: {
    // a label names its field even when it holds it, so that programs that know only one of the ways find it,
    "no-redundant-for": "off",
    // a list under a search field is no <select>, whose options nobody types into,
    "prefer-native-element": ["error", { exclude: ["listbox"] }],
    // a list may have a name (WAI-ARIA, 5.2.8.4),
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
    // a page that waits asks again by itself where there are no scripts.
    "meta-refresh": "off",
  },
}));

// What is wrong with the HTML of a page, a line each.
export async function faultsOf(html, name) {
  const { results } = await validator.validateString(html, name);
  return results.flatMap(({ messages }) => messages.map(({ line, column, ruleId, message }) => `${name}:${line}:${column} ${ruleId}: ${message}`));
}

// What axe finds on the page as it stands, in light and in dark; `schemes` are those to try.
export async function barriersOn(page, schemes = SCHEMES) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(await readFile(AXE, "utf8"));
  const found = [];
  for (const [index, colorScheme] of schemes.entries()) {
    await page.emulateMedia({ colorScheme });
    // Only colours differ between the two.
    const only = index === 0 ? {} : { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } };
    const violations = await page.evaluate(
      async (options) => (await globalThis.axe.run(document, { resultTypes: ["violations"], ...options })).violations, only,
    );
    found.push(...violations.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`));
  }
  await page.emulateMedia({ colorScheme: schemes[0] });
  return found;
}

// What a first visit to a page moves over the line: { all, script }, in bytes with headers, without covers and fonts.
export async function weightOf(context, path) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const kinds = new Map();
  const weight = { all: 0, script: 0 };
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  session.on("Network.responseReceived", ({ requestId, type, response }) => kinds.set(requestId, { type, url: response.url }));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const { type, url } = kinds.get(requestId) ?? {};
    if (type === "Font" || !url || new URL(url).pathname.startsWith("/covers/")) return;
    weight.all += encodedDataLength;
    if (type === "Script") weight.script += encodedDataLength;
  });
  await page.goto(path, { waitUntil: "networkidle" });
  await page.close();
  return weight;
}
