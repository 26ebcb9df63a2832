// What one would write by hand, generated: chain.mjs is put beside this file.
import { decide } from "./chain.mjs"

export const version = ""
export const load = () => ({ decide, rule: decide, isCode: true })
