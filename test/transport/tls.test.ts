import assert from "node:assert/strict";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  type ConnectionOptions,
  connect as connectTls,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { RedirectPlanner } from "../../src/gen/redirect/v1/redirect_planner_pb.ts";
import { createLogger } from "../../src/observe/logger.ts";
import { type RunningServer, startServer } from "../../src/transport/server.ts";
import { alternativeNames, type TlsOptions } from "../../src/transport/tls.ts";
import { type Authority, createAuthority, type Issued, WITHOUT_OPENSSL } from "./certificates.ts";

const directory = mkdtempSync(join(tmpdir(), "redirect-planner-"));
after(() => rmSync(directory, { recursive: true }));

/** Protocols that stand for the versions of HTTP. */
const PROTOCOLS = ["gRPC", "HTTP/1.1"] as const;
type Protocol = (typeof PROTOCOLS)[number];

function start(tls: TlsOptions): Promise<RunningServer> {
  const logger = createLogger({ level: "silent" });
  return startServer({ port: 0, host: "127.0.0.1", logger, tls, limits: { drainMs: 500 } });
}

/** A client of a protocol that trusts an authority. */
function clientOf(protocol: Protocol, port: number, authority: Authority, own?: Issued) {
  const nodeOptions = {
    ca: readFileSync(authority.file),
    servername: "localhost",
    ...(own && { cert: own.cert, key: own.key }),
  };
  const baseUrl = `https://127.0.0.1:${port}`;
  const transport =
    protocol === "gRPC"
      ? createGrpcTransport({ baseUrl, nodeOptions })
      : createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions });
  return createClient(RedirectPlanner, transport);
}

/** The certificate of the server, or the code of the error that a handshake fails with. */
async function handshake(port: number, options: ConnectionOptions): Promise<PeerCertificate | string> {
  const socket: TLSSocket = connectTls({ port, host: "127.0.0.1", servername: "localhost", ...options });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerCertificate();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "";
  } finally {
    socket.destroy();
  }
}

test("a name that looks like several is one", () => {
  assert.deepEqual(alternativeNames("DNS:a, URI:spiffe://b/c, IP Address:10.0.0.1, DNS:d"), [
    "a",
    "spiffe://b/c",
    "d",
  ]);
  assert.deepEqual(alternativeNames('URI:"spiffe://x/, DNS:injector, DNS:y", DNS:"q\\", DNS:z"'), [
    "spiffe://x/, DNS:injector, DNS:y",
    'q", DNS:z',
  ]);
  assert.deepEqual(alternativeNames(""), []);
});

test("with mutual TLS", { skip: WITHOUT_OPENSSL }, async (t) => {
  const authority = createAuthority(directory);
  const server = await start({
    ...authority.issue("localhost").files,
    clientCaFile: authority.file,
    allowedClients: ["injector", "spiffe://cluster/ns/mesh/sa/injector"],
  });
  const call = (protocol: Protocol, own?: Issued) =>
    clientOf(protocol, server.port, authority, own).plan({}, { timeoutMs: 10_000 });

  for (const protocol of PROTOCOLS) {
    await t.test(`${protocol}: clients on the list are served`, async () => {
      const byUri = authority.issue("any", { names: ["URI.1=spiffe://cluster/ns/mesh/sa/injector"] });
      for (const own of [authority.issue("injector"), byUri]) {
        assert.match((await call(protocol, own)).script, /PROXY_INBOUND/);
      }
    });
    for (const [who, own] of [
      ["without a certificate", undefined],
      ["with an expired certificate", authority.issue("injector", { days: -1 })],
      ["with a certificate that is not on the list", authority.issue("stranger")],
      [
        "with a name that has one of the list inside",
        authority.issue("liar", { names: ["URI.1=spiffe://x/, DNS:injector, DNS:y"] }),
      ],
      ["with the right name from another authority", createAuthority(directory, "other").issue("injector")],
    ] as const) {
      await t.test(`${protocol}: a client ${who} is refused`, async () => {
        await assert.rejects(call(protocol, own));
      });
    }
  }

  await t.test("a client that speaks TLS 1.1 at most is refused, one that speaks 1.2 is not", async () => {
    const { cert, key } = authority.issue("injector");
    // OpenSSL itself offers the old versions at this level alone.
    const old = { ca: readFileSync(authority.file), cert, key, ciphers: "DEFAULT@SECLEVEL=0" } as const;
    const refused = await handshake(server.port, { ...old, minVersion: "TLSv1.1", maxVersion: "TLSv1.1" });
    assert.equal(refused, "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    const served = await handshake(server.port, { ...old, maxVersion: "TLSv1.2" });
    assert.equal(typeof served, "object");
  });

  await t.test("plaintext gets no answer", async () => {
    for (const bytes of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]) {
      const socket = connect(server.port, "127.0.0.1", () => socket.write(bytes));
      let received = "";
      socket.setEncoding("latin1").on("data", (text: string) => {
        received += text;
      });
      await new Promise((resolve) => socket.on("error", () => {}).once("close", resolve));
      assert.doesNotMatch(received, /HTTP/);
    }
  });
  await server.stop();
});

/** A directory of a Secret as the kubelet mounts it: names that lead through a link, which is replaced in one go. */
function mountSecret() {
  const mount = join(directory, "mount");
  mkdirSync(mount);
  let version = 0;
  const show = (content: Readonly<Record<string, Buffer | string>>): void => {
    const data = join(mount, `..${version}`);
    mkdirSync(data);
    for (const [name, bytes] of Object.entries(content)) writeFileSync(join(data, name), bytes);
    symlinkSync(data, join(mount, "..next"));
    renameSync(join(mount, "..next"), join(mount, "..data"));
    version++;
  };
  const file = (name: string): string => join(mount, name);
  for (const name of ["tls.crt", "tls.key", "ca.crt"]) symlinkSync(join("..data", name), file(name));
  return {
    show,
    files: { certFile: file("tls.crt"), keyFile: file("tls.key"), clientCaFile: file("ca.crt") },
  };
}

/** Calls one after the other until it is stopped, and counts. */
function load(call: () => Promise<unknown>) {
  const count = { answered: 0, failures: [] as unknown[] };
  let running = true;
  const ended = (async () => {
    while (running) {
      try {
        await call();
        count.answered++;
      } catch (error) {
        count.failures.push(error);
      }
    }
  })();
  return {
    count,
    stop: async () => {
      running = false;
      await ended;
    },
  };
}

test("certificates and authorities are swapped under load, and no call fails", {
  skip: WITHOUT_OPENSSL,
}, async (t) => {
  const [first, second] = [createAuthority(directory, "first"), createAuthority(directory, "second")];
  const trusted = Buffer.concat([readFileSync(first.file), readFileSync(second.file)]);
  const both: Authority = { ...first, file: join(directory, "both.crt") };
  writeFileSync(both.file, trusted);
  const { show, files } = mountSecret();
  const secretOf = ({ cert, key }: Issued) => ({ "tls.crt": cert, "tls.key": key, "ca.crt": trusted });
  show(secretOf(first.issue("localhost")));
  const server = await start({ ...files, allowedClients: ["injector"], lookMs: 10 });

  const clients = [first.issue("injector"), second.issue("injector")];
  // Made beforehand: openssl would hold up the server, which runs in this process.
  const swaps = [second, first, second, first, second, first].map((authority) =>
    authority.issue("localhost"),
  );
  const loads = PROTOCOLS.flatMap((protocol) =>
    clients.flatMap((own) => {
      const kept = clientOf(protocol, server.port, both, own);
      return [
        load(() => kept.plan({}, { timeoutMs: 10_000 })),
        load(() => clientOf(protocol, server.port, both, own).plan({}, { timeoutMs: 10_000 })),
      ];
    }),
  );
  const [own] = clients;
  for (const next of swaps) {
    show(secretOf(next));
    const serial = async (): Promise<string> => {
      const peer = await handshake(server.port, { ca: trusted, cert: own?.cert, key: own?.key });
      return typeof peer === "string" ? peer : peer.raw.toString("base64");
    };
    const wanted = next.cert.toString().replace(/-----.*?-----|\s/g, "");
    while ((await serial()) !== wanted);
    const then = loads.map(({ count }) => count.answered);
    while (loads.some(({ count }, index) => count.answered < (then[index] ?? 0) + 3)) await serial();
  }
  await Promise.all(loads.map(({ stop }) => stop()));
  await server.stop();
  const counts = loads.map(({ count }) => count);
  const answered = counts.reduce((sum, count) => sum + count.answered, 0);
  t.diagnostic(`${swaps.length} swaps, ${answered} calls answered`);
  assert.deepEqual(
    counts.flatMap(({ failures }) => failures),
    [],
  );
});

test("files that are half written, or no certificates, leave the old ones in use", {
  skip: WITHOUT_OPENSSL,
}, async () => {
  const authority = createAuthority(directory, "kept");
  const [started, other] = [authority.issue("localhost"), authority.issue("localhost")];
  const clientCaFile = join(directory, "watched-ca.crt");
  writeFileSync(clientCaFile, readFileSync(authority.file));
  const lines: string[] = [];
  const logger = createLogger({ destination: { write: (line) => lines.push(line) } });
  const server = await startServer({
    port: 0,
    host: "127.0.0.1",
    logger,
    tls: { ...started.files, clientCaFile, lookMs: 10 },
  });
  const injector = authority.issue("injector");
  const complaints = (): number => lines.filter((line) => line.includes("the old ones stay")).length;
  for (const spoil of [
    () => writeFileSync(started.files.keyFile, other.key),
    () => writeFileSync(started.files.certFile, "half a certif"),
    () => writeFileSync(clientCaFile, "no authority"),
    () => rmSync(started.files.keyFile),
  ]) {
    const complained = complaints();
    spoil();
    while (complaints() === complained) await new Promise(setImmediate);
    const client = clientOf("gRPC", server.port, authority, injector);
    assert.match((await client.plan({}, { timeoutMs: 10_000 })).script, /PROXY_INBOUND/);
  }
  await server.stop();
});
