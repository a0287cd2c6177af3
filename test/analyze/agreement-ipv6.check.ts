import { checkAgreement } from "./agreement.ts";

checkAgreement("ipv6");
