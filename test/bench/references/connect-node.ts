/** The planner on connect-node alone: `node connect-node.ts PORT` decodes, plans and encodes. */
import { createServer } from "node:http2";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { RedirectPlanner } from "../../../src/gen/redirect/v1/redirect_planner_pb.ts";
import { redirectPlanner } from "../../../src/service/planner.ts";

const [port] = process.argv.slice(2);
const handler = connectNodeAdapter({
  routes: (router) => router.service(RedirectPlanner, { plan: redirectPlanner.plan }),
});
createServer(handler).listen(Number(port), "127.0.0.1");
