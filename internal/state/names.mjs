// Writes names.csv, the states' names in many languages, beside this file:
//
//	npm install --no-save --prefix <folder> cldr-localenames-full@48.2.0
//	node internal/state/names.mjs <folder>
//
// (make names does both). The names are CLDR's, with two exceptions that the
// participants agreed on: English is as the UN use it and Polish as in the
// Seoul statement, both from the reference data. The same input gives the same
// bytes, so a difference after a run is a difference in CLDR.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const version = "48.2.0";

// The participants' official languages and the UN's, with Hebrew, Persian and
// Japanese for readers nearby. pt is Brazilian in CLDR, hence pt-PT beside it;
// CLDR files Dari under fa-AF and Montenegrin under sr-Latn-ME.
const languages = [
  "ar", "cs", "da", "de", "el", "en", "es", "et", "fa", "fa-AF", "fi", "fr", "ga", "he", "hr", "hu", "it", "ja", "ko", "lv", "mi",
  "nb", "nl", "pl", "ps", "pt", "pt-PT", "ro", "ru", "sk", "sr-Latn-ME", "sv", "uk", "zh",
];

const [folder] = process.argv.slice(2);
if (!folder) {
  throw new Error("usage: node names.mjs <folder that cldr-localenames-full was installed in>");
}
const cldr = join(folder, "node_modules", "cldr-localenames-full");
const installed = JSON.parse(readFileSync(join(cldr, "package.json"), "utf8")).version;
if (installed !== version) {
  throw new Error(`the package is version ${installed}, want ${version}`);
}

// The reference data quote nothing, which the width of each row proves.
const reference = readFileSync(join(import.meta.dirname, "../reference/participating-states.csv"), "utf8");
const [header, ...states] = reference.trim().split("\n").map((line) => line.split(","));
for (const row of states) {
  if (row.length !== header.length) {
    throw new Error(`this row is not ${header.length} values wide: ${row}`);
  }
}
const column = (row, name) => row[header.indexOf(name)];

const lines = [];
for (const language of languages) {
  const file = readFileSync(join(cldr, "main", language, "territories.json"), "utf8");
  const names = JSON.parse(file).main[language].localeDisplayNames.territories;
  for (const row of states) {
    const alpha2 = column(row, "alpha2");
    const name = { en: column(row, "name_en"), pl: column(row, "name_pl") }[language] ?? names[alpha2];
    if (!name || /[",\r\n]/.test(name)) {
      throw new Error(`${language} has no usable name for ${alpha2}: ${name}`);
    }
    lines.push(`${alpha2},${language},${name.normalize("NFC")}`);
  }
}
lines.sort();
writeFileSync(join(import.meta.dirname, "names.csv"), ["alpha2,language,name", ...lines, ""].join("\n"));
