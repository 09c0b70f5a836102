// `npm start`: a fresh clone becomes a running DistCron in one command.
import { join } from "node:path";
import { buildIfStale, checkNode, installDependencies, root } from "./setup.mjs";

checkNode();
installDependencies();
buildIfStale();
const { main } = await import(join(root, "dist/cli.js"));
await main([process.argv[0], join(root, "bin/distcron.js"), "serve", "--examples", ...process.argv.slice(2)]);
