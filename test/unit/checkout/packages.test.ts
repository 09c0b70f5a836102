// What `npm test` does about Debian packages that are missing.
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "../../support/repository.ts";

interface Package {
  name: string;
  service?: string;
}
type Plan = { do: "nothing" } | { do: "ask"; words: string } | { do: "install"; args: string[]; services: string[] };
const { planFor } = (await import(join(root, "test/packages.mjs"))) as {
  planFor(missing: Package[], machine: { isRoot: boolean; hasAptGet: boolean }): Plan;
};
const missing = [{ name: "make" }, { name: "etcd-server", service: "etcd" }];
const install = ["install", "-y", "--no-install-recommends", "make", "etcd-server"];

it("does nothing when nothing is missing, whoever asks", () => {
  expect(planFor([], { isRoot: false, hasAptGet: false })).toEqual({ do: "nothing" });
  expect(planFor([], { isRoot: true, hasAptGet: true })).toEqual({ do: "nothing" });
});

it("installs them as root on Debian, and names the services that mustn't start by themselves", () => {
  expect(planFor(missing, { isRoot: true, hasAptGet: true })).toEqual({
    do: "install",
    args: install,
    services: ["etcd"],
  });
});

it.each([
  ["who isn't root", { isRoot: false, hasAptGet: true }],
  ["where there is no apt-get", { isRoot: true, hasAptGet: false }],
])("tells %s what is needed, and the command that installs it", (_, machine) => {
  const words = `the tests need: make, etcd-server. On Debian: sudo apt-get ${install.join(" ")}`;
  expect(planFor(missing, machine)).toEqual({ do: "ask", words });
});
