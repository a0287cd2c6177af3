import { ServiceError } from "../service/service-error.ts";
import { InputError, type InputFault } from "./input-error.ts";

/**
 * What the service answers, asked without a server.
 *
 * @param locate the file or flag that a field of the request comes from.
 * @throws InputError when the service refuses the request, with everything that it says is wrong.
 */
export function answerOf<Answer>(ask: () => Answer, locate: (field: string) => string): Answer {
  try {
    return ask();
  } catch (error) {
    if (error instanceof ServiceError) throw new InputError(...faultsOf(error, locate));
    throw error;
  }
}

function faultsOf(error: ServiceError, locate: (field: string) => string): readonly InputFault[] {
  const faults = error.details.flatMap((detail) =>
    detail.kind === "bad-request"
      ? (detail.value.fieldViolations ?? []).map(({ field = "", description = "", reason = "" }) => ({
          where: locate(field),
          message: [reason, field, description].filter((part) => part !== "").join(": "),
        }))
      : [],
  );
  return faults.length > 0 ? faults : [{ where: locate(""), message: error.message }];
}
