// The conditional router of Portkey's gateway. The npm package is one minified program that exports nothing, so the text
// of the router's class, and of the enum of its operators before it, is cut out of that program as it is, and evaluated.
// It compiles every regular expression anew for each request, and reads numbers with parseFloat; so does the gateway.
import { readFileSync } from "node:fs"

const folder = new URL("./node_modules/@portkey-ai/gateway/", import.meta.url)
export const version = `@portkey-ai/gateway ${JSON.parse(read("package.json")).version}`
const Router = routerOf(read("build/start-server.js"))

/** What the gateway makes a router of for each request, beside the configuration. */
export const form = (metadata) => ({ metadata, params: {}, url: { pathname: "/v1/chat/completions" } })

/** Each rule has a target of its own where answers are compared; what is timed has the few that the policy has. */
export function load({ portkey, portkey_rules, destinations: expected }) {
  const destinations = JSON.parse(portkey)
  let rules
  const decide = (context) => new Router(destinations, context).resolveTarget()
  const rule = (context) => {
    rules ??= JSON.parse(portkey_rules)
    const { index } = new Router(rules, context).resolveTarget()
    return decide(context).name === expected[index] ? index : `${index} and another destination`
  }
  return { decide, rule }
}

function read(path) {
  return readFileSync(new URL(path, folder), "utf8")
}

function routerOf(program) {
  const found = program.match(
    /var (\w+);!function\(\w+\)\{\w+\.Equal="\$eq".{1,400}?\}\(\1\|\|\(\1=\{\}\)\);class (\w+)\{config;context;.*?getContextValue\(.*?\}(?=class )/s,
  )
  const modes = found?.[0].match(/mode!==(\w+)\.CONDITIONAL/)
  if (!found || !modes) throw new Error("the router is not in this build of @portkey-ai/gateway")
  return new Function(`"use strict";const ${modes[1]}={CONDITIONAL:"conditional"};${found[0]};return ${found[2]}`)()
}
