import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { newPassword, type Terminal } from "../../../src/cli/ask-password.ts";

const folder = mkdtempSync(join(tmpdir(), "distcron-password-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A terminal at which these keys are pressed, once it waits for them. */
function terminalWith(...pieces: string[]) {
  const stdin = Object.assign(new EventEmitter(), {
    isTTY: true,
    raw: [] as boolean[],
    setRawMode: (on: boolean) => stdin.raw.push(on),
    resume: () => setImmediate(() => stdin.emit("data", pieces.shift() ?? "")),
    pause: () => {},
  });
  const shown: string[] = [];
  const terminal = { stdin, stderr: { write: (text: string) => void shown.push(text) } };
  return { terminal: terminal as unknown as Terminal, stdin, shown: () => shown.join("") };
}
const fileWith = (text: string) => {
  const file = join(folder, "password");
  writeFileSync(file, text);
  return file;
};

describe("a new password", () => {
  it("is typed twice at a terminal, which shows nothing of it", async () => {
    const { terminal, stdin, shown } = terminalWith("correct horse\r", "correct horse\n");
    expect(await newPassword({}, terminal)).toEqual({ password: "correct horse", generated: false });
    expect(shown()).toBe("New password: \nAgain: \n");
    expect(stdin.raw, "the terminal is as it was").toEqual([true, false, true, false]);
    expect(stdin.listenerCount("data")).toBe(0);
  });

  it("can be corrected while it is typed", async () => {
    const { terminal } = terminalWith("correct horsf\u007fe\r", "corr\becr\bt\u0001 horse\r");
    await expect(newPassword({}, terminal)).rejects.toThrow("differ");
    const again = terminalWith("correct horsf\u007fe\r", "correct horse\r");
    expect((await newPassword({}, again.terminal)).password).toBe("correct horse");
  });

  it.each([
    ["Ctrl+C", "half a password\u0003"],
    ["Ctrl+D on an empty line", "\u0004"],
  ])("is given up with %s, and the terminal is as it was", async (_, keys) => {
    const { terminal, stdin } = terminalWith(keys);
    await expect(newPassword({}, terminal)).rejects.toMatchObject({ message: expect.stringContaining("given up") });
    expect(stdin.raw).toEqual([true, false]);
  });

  it("is refused when the two differ, or when it is too short", async () => {
    await expect(newPassword({}, terminalWith("correct horse\r", "correct house\r").terminal)).rejects.toThrow(
      "differ",
    );
    await expect(newPassword({}, terminalWith("short\r").terminal)).rejects.toThrow("at least 10 characters");
    await expect(newPassword({ passwordFile: fileWith("short\n") })).rejects.toThrow("at least 10 characters");
  });

  it("comes from a file of one line, without its end", async () => {
    expect(await newPassword({ passwordFile: fileWith(" with a space \r\n") })).toEqual({
      password: " with a space ",
      generated: false,
    });
    await expect(newPassword({ passwordFile: fileWith("two lines\nof password\n") })).rejects.toThrow("one line");
  });

  it("is made where it was asked for, and where nobody can be asked; each is another", async () => {
    const { terminal } = terminalWith();
    const made = await newPassword({ generate: true }, terminal);
    expect(made.generated).toBe(true);
    expect(made.password).toMatch(/^[\w-]{20}$/);
    const pipe = { ...terminal, stdin: { ...terminal.stdin, isTTY: false } } as Terminal;
    expect((await newPassword({}, pipe)).password).not.toBe(made.password);
  });
});
