// The shop's own texts by key, so that a journey finds things by the words a person reads, in either language.
import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const LOCALES = fileURLToPath(new URL("../../crates/server/locales/", import.meta.url));

// A function from a key to its text; to a pattern where the text takes variables.
export function words(lang) {
  const texts = new Map();
  for (const file of readdirSync(LOCALES + lang).filter((name) => name.endsWith(".ftl"))) {
    const text = readFileSync(`${LOCALES}${lang}/${file}`, "utf8");
    for (const [, key, value] of text.matchAll(/^([a-z][\w-]*) *= *(.+)$/gm)) texts.set(key, value.trim());
  }
  return (key) => {
    const text = texts.get(key);
    if (text === undefined) throw new Error(`no text ${key} in ${lang}`);
    if (!text.includes("{")) return text;
    const parts = text.split(/\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${parts.join(".+")}$`, "u");
  };
}
