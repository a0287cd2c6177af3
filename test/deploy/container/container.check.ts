import { after, before, describe } from "node:test";
import { NO_RENDERER } from "../forms.ts";
import { type Cluster, createCluster } from "./cluster.ts";
import { formTests } from "./form-tests.ts";
import { imageTests } from "./image-tests.ts";
import { lifecycleTests } from "./lifecycle-tests.ts";
import { privateTests } from "./private-tests.ts";
import { lackingAloud } from "./requirements.ts";
import { sequenceTests } from "./sequence-tests.ts";

describe("containers", { skip: NO_RENDERER || lackingAloud() }, () => {
  let made: Cluster | undefined;
  const cluster = (): Cluster => {
    if (made === undefined) throw new Error("there is no cluster");
    return made;
  };
  before(async () => {
    made = await createCluster();
  });
  after(async () => {
    await made?.close();
  });

  imageTests(cluster);
  formTests(cluster);
  lifecycleTests(cluster);
  privateTests(cluster);
  sequenceTests(cluster);
});
