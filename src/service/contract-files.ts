import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** The files of a contract, as reflection gives them. */
export interface ContractFiles {
  /** By the name that others import a file by. */
  readonly byName: (name: string) => DescFile | undefined;
  /** By the full name of a service, of one of its methods, or of a type. */
  readonly bySymbol: (name: string) => DescFile | undefined;
  /** A file and all that it imports, itself first, each encoded as `google.protobuf.FileDescriptorProto`. */
  readonly encode: (file: DescFile) => Uint8Array[];
}

/** @param unimported Files beside those of the services and what they import. */
export function contractFiles(
  services: readonly DescService[],
  unimported: readonly DescFile[],
): ContractFiles {
  const files = withImports([...services.map(({ file }) => file), ...unimported]);
  const names = new Map([...files].map((file) => [file.proto.name, file]));
  const symbols = new Map([...files].flatMap((file) => symbolsOf(file).map((symbol) => [symbol, file])));
  return {
    byName: (name) => names.get(name),
    bySymbol: (name) => symbols.get(name),
    encode: (file) => [...withImports([file])].map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)),
  };
}

/** Files, and behind them those that they import, each once. */
function withImports(files: readonly DescFile[]): ReadonlySet<DescFile> {
  const found = new Set(files);
  // A set gives what is added to it while it is walked.
  for (const { dependencies } of found) for (const file of dependencies) found.add(file);
  return found;
}

function symbolsOf(file: DescFile): readonly string[] {
  return [...nestedTypes(file)].flatMap((desc) =>
    desc.kind === "service"
      ? [desc.typeName, ...desc.methods.map(({ name }) => `${desc.typeName}.${name}`)]
      : [desc.typeName],
  );
}
