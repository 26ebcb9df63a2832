// Cedar as WebAssembly, the npm package @cedar-policy/cedar-wasm, with the policies parsed once.
import cedar from "@cedar-policy/cedar-wasm/nodejs"

export const version = `@cedar-policy/cedar-wasm ${cedar.getCedarSDKVersion()}`

/** The envelope that Cedar wants around a request. */
export const form = (context) => ({
  principal: { type: "Client", id: "c" },
  action: { type: "Action", id: "route" },
  resource: { type: "Api", id: "a" },
  context,
  entities: [],
})

/** `cedar` has the texts of sets of `cedar_rules` rules each, which are asked in order. */
export function load({ cedar: texts, cedar_rules }) {
  for (const [number, staticPolicies] of texts.entries()) {
    const answer = cedar.preparsePolicySet(`set${number}`, { staticPolicies })
    if (answer.type !== "success") throw new Error(JSON.stringify(answer))
  }
  const decide = (request) => {
    for (let number = 0; number < texts.length; number++) {
      request.preparsedPolicySetId = `set${number}`
      const { response } = cedar.statefulIsAuthorized(request)
      const { reason } = response.diagnostics
      if (reason.length === 0) continue
      let first = Infinity
      for (const policy of reason) first = Math.min(first, Number(policy.slice("policy".length)))
      return number * cedar_rules + first
    }
    return -1
  }
  return { decide, rule: decide, isOutside: true }
}
