// How a line of the spool looks on disk: three 32-bit numbers (length of the body, of its JSON part, CRC of both and the body),
// then JSON, then raw bytes (output). A frame that was cut short or damaged ends what can be read of its segment.
import { crc32 } from "node:zlib";
import type { NodeEvent } from "../model/assignment.ts";

/** A run that has begun here and has no verdict yet. */
export interface OpenRun {
  runId: string;
  fence: number;
  sessionId: string;
  attempt: number;
  /** False between two attempts. */
  attemptOpen: boolean;
  /** Of the attempt's process group; null: not spawned, not heard of yet, or not a process. */
  process: { pid: number; startTime: string } | null;
}

export type SpoolRecord =
  /** First of every segment: what all segments before add up to. */
  | { kind: "head"; nextNumber: number; acked: number; open: OpenRun[] }
  | { kind: "event"; n: number; event: NodeEvent }
  | { kind: "spawned"; runId: string; fence: number; attempt: number; process: { pid: number; startTime: string } }
  /** Every event up to this number has been recorded. */
  | { kind: "acked"; through: number };

const headerBytes = 12;
const noBytes = new Uint8Array(0);
const checksum = (frame: Buffer, body: Buffer) => crc32(body, crc32(frame.subarray(0, 8)));

export function encodeFrame(record: SpoolRecord): Buffer {
  const output = record.kind === "event" && record.event.type === "output" ? record.event : null;
  const raw = output?.data ?? noBytes;
  const json = Buffer.from(JSON.stringify(output ? { ...record, event: { ...output, data: undefined } } : record));
  const frame = Buffer.allocUnsafe(headerBytes + json.length + raw.length);
  frame.writeUInt32LE(json.length + raw.length, 0);
  frame.writeUInt32LE(json.length, 4);
  json.copy(frame, headerBytes);
  frame.set(raw, headerBytes + json.length);
  frame.writeUInt32LE(checksum(frame, frame.subarray(headerBytes)), 8);
  return frame;
}

/** The records of a segment, as far as they are whole. `soundBytes` < length: the rest is torn. */
export function decodeFrames(bytes: Uint8Array): { records: SpoolRecord[]; soundBytes: number } {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: SpoolRecord[] = [];
  let at = 0;
  while (at + headerBytes <= file.length) {
    const bodyLength = file.readUInt32LE(at);
    const jsonLength = file.readUInt32LE(at + 4);
    const body = file.subarray(at + headerBytes, at + headerBytes + bodyLength);
    // A file system may leave zeros where data was to come: an empty body is never ours.
    if (jsonLength === 0 || jsonLength > bodyLength || body.length < bodyLength) break;
    if (checksum(file.subarray(at), body) !== file.readUInt32LE(at + 8)) break;
    const record = JSON.parse(body.toString("utf8", 0, jsonLength)) as SpoolRecord;
    if (record.kind === "event" && record.event.type === "output")
      record.event.data = new Uint8Array(body.subarray(jsonLength));
    records.push(record);
    at += headerBytes + bodyLength;
  }
  return { records, soundBytes: at };
}
