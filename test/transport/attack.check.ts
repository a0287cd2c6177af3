import { withstandAttacks } from "./attack/withstand.ts";

// More than 100,000 malformed requests, of every kind.
withstandAttacks(({ many }) => many);
