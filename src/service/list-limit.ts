import type { DescMessage, DescService, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { Finding } from "../policy/finding.ts";
import { MAX_LIST_ITEMS, tooManyItems } from "../policy/lists.ts";
import { quoteKey } from "../policy/quote.ts";
import type { Handlers } from "./handlers.ts";
import { refusal } from "./refusal.ts";

/** The most items that any list may have: the engine takes no more. */
export const MOST_LIST_ITEMS = MAX_LIST_ITEMS;

/** The annotations that hold lists, of every mesh. */
const LIST_ANNOTATION = /\/(?:in|out)bound-(?:port|ip-range)-(?:ex|in)clusion-list$/;

/**
 * Handlers that refuse a request (TOO_MANY_ITEMS) of which some list, or some annotation that is one, has more items than
 * the operator allows.
 */
export function limitLists<Service extends DescService>(
  service: Service,
  handlers: Handlers<Service>,
  limit: number,
): Handlers<Service> {
  if (limit >= MOST_LIST_ITEMS) return handlers;
  const limited = Object.entries<(request: Message) => Message>(handlers).map(([name, handle]) => {
    const input = service.method[name]?.input;
    return [name, (request: Message) => handle(withinLimit(input, request, limit))];
  });
  return Object.fromEntries(limited);
}

function withinLimit(schema: DescMessage | undefined, request: Message, limit: number): Message {
  const findings = schema === undefined ? [] : [...longLists(reflect(schema, request), "", limit)];
  if (findings.length > 0) throw refusal(findings, "strict");
  return request;
}

function* longLists(message: ReflectMessage, path: string, limit: number): Generator<Finding> {
  for (const field of message.fields.filter((each) => message.isSet(each))) {
    const place = `${path}${field.jsonName}`;
    if (field.fieldKind === "message") yield* longLists(message.get(field), `${place}.`, limit);
    if (field.fieldKind === "map" && field.name === "annotations") {
      for (const [key, value] of message.get(field)) {
        const count = LIST_ANNOTATION.test(String(key)) ? String(value).split(",").length : 0;
        if (count > limit) yield tooManyItems(`${place}[${quoteKey(String(key))}]`, count, limit);
      }
    }
    if (field.fieldKind !== "list") continue;
    const items = message.get(field);
    if (items.size > limit) yield tooManyItems(place, items.size, limit);
    else if (field.listKind === "message") {
      for (const [index, item] of items.entries()) {
        yield* longLists(item as ReflectMessage, `${place}[${index}].`, limit);
      }
    }
  }
}
