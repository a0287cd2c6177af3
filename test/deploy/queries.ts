import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { deployText } from "./deploy-files.ts";
import { FORMS, ofKind } from "./forms.ts";

/** A query of Prometheus, and where it stands. */
export interface Query {
  readonly place: string;
  readonly expression: string;
}

/** A panel of Grafana, as far as its queries go. */
interface Panel {
  readonly title?: string;
  readonly targets?: readonly { readonly expr?: string }[];
  readonly panels?: readonly Panel[];
}

const DASHBOARD = "kustomize/components/monitoring/dashboard.json";

/** Every query of the alerts and of the dashboard, Grafana's variables set. */
export function queries(): readonly Query[] {
  const rules = FORMS.flatMap((form) => ofKind(form, PrometheusRule.is)).flatMap(({ spec }) =>
    (spec.groups ?? []).flatMap((group) => group.rules ?? []),
  );
  const { panels } = JSON.parse(deployText(DASHBOARD)) as { readonly panels: readonly Panel[] };
  return [
    ...rules.map(({ alert = "", expr }) => ({ place: alert, expression: String(expr) })),
    ...panels.flatMap(queriesOf),
  ];
}

function queriesOf({ title = "", targets = [], panels = [] }: Panel): readonly Query[] {
  const own = targets.flatMap(({ expr }) =>
    expr === undefined ? [] : [{ place: title, expression: expr.replaceAll("$__rate_interval", "1m") }],
  );
  return [...own, ...panels.flatMap(queriesOf)];
}

/** The words of the query language that stand where a metric could. */
const KEYWORDS = ["and", "or", "unless", "bool", "offset"];

/** The metrics that a query reads, and the labels that it knows each or all of them by. */
export function namesIn(expression: string): { readonly metrics: Set<string>; readonly labels: Set<string> } {
  const labels = new Set<string>();
  const bare = expression
    .replaceAll(/\{([^}]*)\}/g, (_, matchers: string) => {
      for (const [, label = ""] of matchers.matchAll(/(\w+)\s*[=!]~?/g)) labels.add(label);
      return "";
    })
    .replaceAll(/\b(?:by|without|on|ignoring)\s*\(([^)]*)\)/g, (_, list: string) => {
      for (const [label] of list.matchAll(/\w+/g)) labels.add(label);
      return "";
    })
    .replaceAll(/\[[^\]]*\]/g, "");
  const words = [...bare.matchAll(/(?<![\w.])[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)].map(([word]) => word);
  return { metrics: new Set(words.filter((word) => !KEYWORDS.includes(word))), labels };
}
