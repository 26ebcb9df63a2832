import { canonical } from "./json.js"
import type { DecisionRecord } from "./record.js"
import type { Attribute } from "./spec.js"

/** Span attributes as OpenTelemetry has them. */
export type SpanAttributes = { [name: string]: string | number | boolean | string[] }

/** See `Table.spanAttributes`. */
export function spanAttributes(attributes: readonly Attribute[], record: DecisionRecord): SpanAttributes {
  const made: SpanAttributes = {
    "interlock.policy": record.policy,
    "interlock.policy.version": record.version,
    "interlock.hop": record.hop,
    "interlock.record": canonical(record),
  }
  const put = (name: string, value: string | number | boolean | null | undefined): void => {
    if (value !== null && value !== undefined) made[name] = value
  }
  put("interlock.rule", record.rule)
  put("interlock.pool", record.pool)
  put("interlock.upstream", record.upstream)
  put("interlock.account", record.account)
  put("gen_ai.provider.name", record.provider)
  put("gen_ai.request.model", record.model)
  put("cloud.region", record.region)
  if (record.after.length > 0) made["interlock.after"] = [...record.after]
  put("interlock.fail.status", record.fail?.status)
  put("interlock.fail.message", record.fail?.message)
  put("interlock.invalid.attribute", record.invalid?.attribute)
  put("interlock.invalid.reason", record.invalid?.reason)
  if (record.attributes === null) return made
  for (const { name, kind } of attributes) {
    const value = record.attributes[name]
    if (kind === "string" || kind === "set" || value === undefined || typeof value === "object") continue
    if (kind === "enum" && value === false) continue // a value that the policy does not declare
    put(`interlock.attribute.${name}`, value)
  }
  return made
}
