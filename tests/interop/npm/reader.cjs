// Reads the ledger with @sigstore/verify: the log's signature and inclusion; it knows neither witnesses nor tiles.
//
//   node reader.cjs NODE_MODULES JOB.json    prints what it accepted of the job's cases, and what it read in each

"use strict";
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const [modules, jobFile] = process.argv.slice(2);
const verify = path.join(modules, "@sigstore/verify/dist/tlog");
const { verifyCheckpoint } = require(path.join(verify, "checkpoint.js"));
const { verifyTLogInclusion } = require(path.join(verify, "index.js"));

const job = JSON.parse(fs.readFileSync(jobFile, "utf8"));
const [name, keyId, key] = /^([^+]+)\+([^+]+)\+(.+)$/.exec(job.Key).slice(1);
const DER = Buffer.from("302a300506032b6570032100", "hex"); // SubjectPublicKeyInfo of Ed25519, RFC 8410
const publicKey = crypto.createPublicKey({
  key: Buffer.concat([DER, Buffer.from(key, "base64").subarray(1)]),
  format: "der",
  type: "spki",
});
const logs = [{ logID: Buffer.from(keyId, "hex"), baseURL: `https://${name}`, publicKey }];

const kept = new Map();
function file(named, kase) {
  if (!kept.has(named)) kept.set(named, fs.readFileSync(path.join(job.Root, named)));
  if (kase.File !== named || kase.At < 0) return kept.get(named);
  const changed = Buffer.from(kept.get(named));
  changed[kase.At] = kase.Byte;
  return changed;
}

function splitProof(data) {
  const cut = data.indexOf("\n\n");
  const lines = data.subarray(0, cut).toString("utf8").split("\n");
  if (cut < 0 || lines.shift() !== "c2sp.org/tlog-proof@v1") throw new Error("malformed tlog-proof");
  if (lines[0].startsWith("extra ")) lines.shift();
  const index = /^index (0|[1-9][0-9]*)$/.exec(lines.shift());
  const hashes = lines.map((line) => Buffer.from(line, "base64"));
  if (!index || !hashes.every((hash, i) => hash.length === 32 && hash.toString("base64") === lines[i])) {
    throw new Error("malformed tlog-proof");
  }
  return { logIndex: index[1], hashes, note: data.subarray(cut + 2) };
}

function opened(note) {
  const envelope = note.toString("utf8");
  const head = verifyCheckpoint({ inclusionProof: { checkpoint: { envelope } } }, logs);
  if (head.origin !== name || head.rest.length) throw new Error("another origin");
  const lines = [...envelope.matchAll(/— \S+ (\S+)\n/g)].map((found) => Buffer.from(found[1], "base64"));
  const own = lines.find((raw) => raw.subarray(0, 4).toString("hex") === keyId).subarray(4);
  return { head, said: `${head.origin} ${head.logSize} ${head.logHash.toString("hex")} ${own.toString("hex")}` };
}

function check(kase) {
  if (kase.Kind === "checkpoint") return opened(file(kase.File, kase)).said;
  if (kase.Kind !== "proof" && kase.Kind !== "leaf") throw new Error(kase.Kind);
  const named = kase.Kind === "leaf" ? kase.Leaf.replace("leaf/", "proof/") : kase.File;
  const { logIndex, hashes, note } = splitProof(file(named, kase));
  const { head, said } = opened(note);
  const checkpoint = { envelope: note.toString("utf8") };
  const inclusionProof = { logIndex, treeSize: `${head.logSize}`, rootHash: head.logHash, hashes, checkpoint };
  verifyTLogInclusion({ inclusionProof, canonicalizedBody: file(kase.Leaf, kase) }, logs);
  return `${logIndex} [${hashes.map((hash) => hash.toString("hex")).join(" ")}] ${said}`;
}

const accepted = {};
job.Cases.forEach((kase, number) => {
  try {
    accepted[number] = check(kase);
  } catch (refusal) {
    if (kase.At < 0) console.error(kase.Kind, kase.File, refusal.message);
  }
});
process.stdout.write(JSON.stringify({ checked: job.Cases.length, accepted }));
