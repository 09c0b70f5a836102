import { describeSeeds } from "./seeds.ts";

describeSeeds(76, 100);
