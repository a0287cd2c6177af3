import { checkAgreement } from "./agreement.ts";

checkAgreement("ipv4");
