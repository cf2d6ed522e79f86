// deno.mjs - a TLS server on Deno (rustls) that completes handshakes
//
//   deno.mjs HOST PORT KEY-FILE CHAIN-FILE
const [hostname, port, key, cert] = Deno.args;
const listener = Deno.listenTls({
  hostname,
  port: Number(port),
  key: Deno.readTextFileSync(key),
  cert: Deno.readTextFileSync(cert),
});

async function serve(connection) {
  try {
    const buffer = new Uint8Array(16384);
    while (await connection.read(buffer) !== null);
  } catch {
    // clients that hang up are the rule here
  }
  try {
    connection.close();
  } catch {
    // closed already
  }
}

for (;;) {
  try {
    serve(await listener.accept());
  } catch {
    // one connection less
  }
}
