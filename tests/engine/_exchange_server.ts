/**
 * A local server that speaks the formats of the exchanges, for Deno and Node.
 *
 * @module
 */

import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";
import type { ExchangeScript } from "./exchanges/script.ts";

/** One connection of a client, as the server sees it. */
export interface Connection {
  /** Path that was asked for. */
  readonly path: string;
  /** Texts received, parsed where they are JSON. */
  readonly received: unknown[];
  /** Sends a value as JSON, or a text as it is. */
  send(message: unknown): void;
  /** Closes it: with the closing handshake, or by cutting the line. */
  close(how?: "cut"): void;
}

/** What is used of a socket of `ws`. */
interface ServerSocket {
  on(event: "message", listener: (data: unknown) => void): void;
  on(event: "close" | "error", listener: () => void): void;
  send(text: string): void;
  close(): void;
  terminate(): void;
}

/** What is used of a server of `ws`. */
interface SocketServer {
  readonly clients: Set<ServerSocket>;
  on(
    event: "connection",
    listener: (socket: ServerSocket, request: IncomingMessage) => void,
  ): void;
}

/** A running server. */
export class ExchangeServer implements AsyncDisposable {
  /** Connections that have subscribed, oldest first. */
  readonly connections: Connection[] = [];
  /** Paths asked for by HTTP. */
  readonly requests: string[] = [];
  /** Connections that are open. */
  open = 0;
  /** Its port. */
  port = 0;
  readonly #script: ExchangeScript;
  readonly #http: Server;
  readonly #sockets = new Set<Socket>();
  #waiters: (() => void)[] = [];

  private constructor(script: ExchangeScript) {
    this.#script = script;
    this.#http = createServer((request, response) => {
      const path = request.url ?? "";
      this.requests.push(path);
      const answer = script.http?.(path);
      response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? {}));
    });
    this.#http.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    const server: SocketServer = new WebSocketServer({ server: this.#http });
    server.on("connection", (socket, request) => this.#serve(socket, request.url ?? ""));
  }

  /** Starts a server on loopback that behaves as the script says. */
  static async start(script: ExchangeScript): Promise<ExchangeServer> {
    const server = new ExchangeServer(script);
    await new Promise<void>((resolve) => server.#http.listen(0, "127.0.0.1", resolve));
    server.port = (server.#http.address() as AddressInfo).port;
    return server;
  }

  /** What clients are told to connect to. */
  get endpoint(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  #serve(socket: ServerSocket, path: string): void {
    this.open++;
    const connection: Connection = {
      path,
      received: [],
      send: (message) =>
        socket.send(typeof message === "string" ? message : JSON.stringify(message)),
      close: (how) => how === "cut" ? socket.terminate() : socket.close(),
    };
    socket.on("error", () => {});
    socket.on("close", () => {
      this.open--;
      this.#changed();
    });
    socket.on("message", (data) => {
      const message = parse(String(data));
      connection.received.push(message);
      for (const answer of this.#script.answer(message, this.connections.length)) {
        connection.send(answer);
      }
      if (!this.connections.includes(connection)) this.connections.push(connection);
      this.#changed();
    });
    this.#script.welcome?.().forEach((message) => connection.send(message));
  }

  #changed(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  /** Resolves when the condition holds; it is asked again whenever something happens here. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  /** The connection number `index`, once it has subscribed. */
  async connection(index: number): Promise<Connection> {
    await this.until(() => this.connections.length > index);
    return this.connections[index] as Connection;
  }

  /** Stops the server and cuts what is connected. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#http.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
