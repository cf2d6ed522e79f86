// node.mjs - a TLS server on node's tls module (OpenSSL in node, BoringSSL in bun) that completes handshakes
//
//   node.mjs '{"host": ..., "port": ..., "pairs": [[KEY FILE, CHAIN FILE], ...], ...}'
//
// What else the object has goes to tls.createServer as it is.
import fs from "node:fs";
import tls from "node:tls";

const { host, port, pairs, ...more } = JSON.parse(process.argv.at(-1));
const server = tls.createServer({
  key: pairs.map(([key]) => fs.readFileSync(key)),
  cert: pairs.map(([, chain]) => fs.readFileSync(chain)),
  ...more,
}, (socket) => {
  socket.on("error", () => socket.destroy()); // also after too many renegotiations
  socket.on("data", () => {});
  socket.on("end", () => socket.end());
});
server.on("tlsClientError", () => {});
server.listen({ host, port, backlog: 511 });
