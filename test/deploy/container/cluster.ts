import { createEngine, type Engine } from "./engine.ts";
import {
  buildPlannerImage,
  makeBuildImage,
  makeInitImage,
  makeRuntimeImage,
  PLANNER_IMAGE,
} from "./images.ts";

/** The network that containers of the tests meet on. Nothing leads out of it. */
const NETWORK = "cluster";

/** An engine with every image and a network, and what the tests do with them. */
export interface Cluster extends Engine {
  /** Runs a container in the background, in a pod of its own address. @returns its id and address. */
  readonly start: (
    options: readonly string[],
    image: string,
    ...command: readonly string[]
  ) => Promise<Container>;
  /** Makes a pod: a network namespace that containers share. @returns the address. */
  readonly pod: (name: string) => Promise<string>;
  /** What podman knows of a container, by a Go template. */
  readonly inspect: (container: string, template: string) => Promise<string>;
}

/** A container that runs. */
export interface Container {
  readonly id: string;
  readonly address: string;
}

/** Makes the engine, the images and the network. */
export async function createCluster(): Promise<Cluster> {
  const engine = await createEngine();
  try {
    await makeRuntimeImage(engine);
    await makeInitImage(engine);
    await makeBuildImage(engine);
    await buildPlannerImage(engine, PLANNER_IMAGE);
    await engine.podman("network", "create", "--internal", NETWORK);
  } catch (error) {
    await engine.close();
    throw error;
  }
  const inspect = (container: string, template: string): Promise<string> =>
    engine.podman("inspect", "--format", template, container);
  const address = (container: string): Promise<string> =>
    inspect(container, `{{(index .NetworkSettings.Networks "${NETWORK}").IPAddress}}`);
  return {
    ...engine,
    inspect,
    start: async (options, image, ...command) => {
      const id = await engine.podman(
        "run",
        "--detach",
        `--network=${NETWORK}`,
        ...options,
        image,
        ...command,
      );
      return { id, address: await address(id) };
    },
    pod: async (name) => {
      await engine.podman("pod", "create", `--name=${name}`, `--network=${NETWORK}`);
      await engine.podman("pod", "start", name);
      return await address(await engine.podman("pod", "inspect", "--format", "{{.InfraContainerID}}", name));
    },
  };
}
