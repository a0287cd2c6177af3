import { join } from "node:path";

/** A program with its arguments, and what it needs in its environment. */
export interface Command {
  readonly line: readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
}

/** How the SDK of a language is made. Its data are in the folder of its name. */
export interface Language {
  /** The file with the program that shows the call, in the folder of the language. */
  readonly example: string;
  /** Programs that must be on PATH. */
  readonly programs: readonly string[];
  /** Installs the generators that `tools.txt` names: programs into the folder `bin` of the given one. */
  readonly install: (tools: readonly string[], folder: string) => readonly Command[];
  /** The template of `buf generate`. */
  readonly template: string;
  /** The parts of the contract that are generated. Elsewhere Google's own packages have the rest. */
  readonly paths: readonly string[];
  /** Folders of the repository that the SDK has beside what is generated. */
  readonly sources?: readonly string[];
  /** What is left to do in the SDK's folder. */
  readonly finish?: (folder: string) => readonly Command[];
}

const CONTRACT = "proto/redirect";

export const LANGUAGES: Readonly<Record<string, Language>> = {
  go: {
    example: "example.go",
    programs: ["go"],
    install: (tools, folder) =>
      tools.map((tool) => ({ line: ["go", "install", tool], env: { GOBIN: join(folder, "bin") } })),
    template: "deploy/sdk/go/buf.gen.yaml",
    paths: [CONTRACT],
  },
  python: {
    example: "example.py",
    programs: ["python3"],
    install: (tools, folder) => [
      {
        line: [
          "python3",
          "-m",
          "pip",
          "install",
          "--quiet",
          "--disable-pip-version-check",
          "--root-user-action=ignore",
          "--no-deps",
          "--target",
          folder,
          ...tools,
        ],
      },
    ],
    template: "deploy/sdk/python/buf.gen.yaml",
    paths: [CONTRACT],
  },
  typescript: {
    example: "example.ts",
    programs: [],
    install: () => [],
    template: "buf.gen.yaml",
    // No package has Google's error details as protoc-gen-es makes them.
    paths: [CONTRACT, "proto/google/rpc"],
    sources: ["src/client"],
    finish: (folder) => [{ line: ["tsc", "--project", folder] }],
  },
  java: {
    example: "Example.java",
    programs: ["mvn", "javac"],
    install: (tools, folder) => tools.flatMap((tool) => mavenProgram(tool, join(folder, "bin"))),
    template: "deploy/sdk/java/buf.gen.yaml",
    paths: [CONTRACT],
  },
  rust: {
    example: "example.rs",
    programs: ["cargo"],
    install: (tools, folder) => {
      const scratch = join(folder, "target");
      return [
        {
          line: ["cargo", "install", "--quiet", "--debug", "--locked", "--root", folder, ...tools],
          env: { CARGO_TARGET_DIR: scratch },
        },
        { line: ["rm", "-r", scratch] },
      ];
    },
    template: "deploy/sdk/rust/buf.gen.yaml",
    paths: [CONTRACT],
  },
};

/** Takes a program for this machine out of a Maven repository: `GROUP:NAME:VERSION`. */
function mavenProgram(tool: string, folder: string): readonly Command[] {
  const [, name = ""] = tool.split(":");
  const classifier = `${process.platform === "darwin" ? "osx" : process.platform}-${ARCHITECTURES[process.arch]}`;
  const artifact = `-Dartifact=${tool}:exe:${classifier}`;
  return [
    {
      line: [
        "mvn",
        "-B",
        "-q",
        MAVEN_COPY,
        artifact,
        `-DoutputDirectory=${folder}`,
        "-Dmdep.stripVersion=true",
      ],
    },
    { line: ["mv", join(folder, `${name}-${classifier}.exe`), join(folder, name)] },
    { line: ["chmod", "+x", join(folder, name)] },
  ];
}

const MAVEN_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

/** Maven's names of processors. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch_64" };
