// The coordinator over a real etcd under the contract. A guard without the leader key's revision made "C3" fail.
import { afterAll, beforeAll } from "vitest";
import { type Etcd, startEtcd } from "../../support/etcd.ts";
import { openEtcdCluster } from "./etcd-cluster.ts";
import { describeCoordinator } from "./suite.ts";

let etcd: Etcd;
beforeAll(async () => {
  etcd = await startEtcd();
});
afterAll(() => etcd.stop());

describeCoordinator("etcd", async () => openEtcdCluster(etcd));
