import { describeSeeds } from "./seeds.ts";

describeSeeds(26, 50);
