import { withstandAttacks } from "./attack/withstand.ts";

withstandAttacks(({ few }) => few);
