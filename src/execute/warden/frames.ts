// Length-prefixed frames over a pipe: 4 bytes length of the whole, 4 bytes length of the JSON header, header, raw bytes.
// Nothing here knows what the frames say.

/** A broken peer must not make us allocate what its length field claims. */
const longestFrame = 256 * 1024 * 1024;

/** One frame as one buffer: `header` as JSON, `body` as it is. */
export function encodeFrame(header: object, body?: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const frame = Buffer.allocUnsafe(8 + json.length + (body?.length ?? 0));
  frame.writeUInt32BE(frame.length - 4, 0);
  frame.writeUInt32BE(json.length, 4);
  json.copy(frame, 8);
  if (body) frame.set(body, 8 + json.length);
  return frame;
}

/**
 * Feeds on chunks as they come and calls `on` for each whole frame. `body` is the caller's to keep.
 * Throws when the bytes can't be frames; what follows can't be trusted then.
 */
export function createFrameReader<Header>(on: (header: Header, body: Buffer) => void): (chunk: Buffer) => void {
  let held: Buffer[] = [];
  let heldBytes = 0;
  // Big frames come in many chunks: joining them only once the frame is whole keeps that linear.
  let needed = 8;
  return (chunk) => {
    held.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes < needed) return;
    const data = held.length === 1 ? chunk : Buffer.concat(held);
    let at = 0;
    for (;;) {
      const left = data.length - at;
      needed = left < 8 ? 8 : 4 + data.readUInt32BE(at);
      const headerBytes = left < 8 ? 0 : data.readUInt32BE(at + 4);
      if (needed > longestFrame || needed < 8 || headerBytes > needed - 8 + (left < 8 ? 8 : 0))
        throw new Error(`expected a frame on the warden's pipe, got lengths ${needed} and ${headerBytes}`);
      if (left < needed) break;
      const bodyAt = at + 8 + headerBytes;
      const header = JSON.parse(data.toString("utf8", at + 8, bodyAt)) as Header;
      const body = Buffer.from(data.subarray(bodyAt, at + needed));
      at += needed;
      on(header, body);
    }
    held = at === data.length ? [] : [data.subarray(at)];
    heldBytes = data.length - at;
  };
}
