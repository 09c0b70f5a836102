// Reads server-sent events (WHATWG HTML, 9.2.6) from a stream of bytes.

export interface ServerEvent {
  /** "message" where the server names none. */
  event: string;
  data: string;
  id: string | undefined;
}

/** Events in order; comments and retry hints are passed over. An event cut off by the end is not one. */
export async function* readEvents(stream: AsyncIterable<Uint8Array | string>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  let event: { event: string; data: string[]; id: string | undefined } = { event: "message", data: [], id: undefined };
  for await (const piece of stream) {
    rest += typeof piece === "string" ? piece : decoder.decode(piece, { stream: true });
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() as string;
    for (const line of lines) {
      if (line === "") {
        if (event.data.length > 0) yield { ...event, data: event.data.join("\n") };
        event = { event: "message", data: [], id: undefined };
        continue;
      }
      const colon = line.indexOf(":");
      if (colon === 0) continue;
      const name = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
      if (name === "event") event.event = value;
      else if (name === "data") event.data.push(value);
      else if (name === "id") event.id = value;
    }
  }
}
