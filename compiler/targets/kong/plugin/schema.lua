-- What the plugin is configured with. `interlock emit kong` writes it.
local typedefs = require("kong.db.schema.typedefs")

--- Refuses, when it is set, a table that no worker would serve; where the plugin itself is not at hand, workers say it.
local function is_table(text)
  local found, plugin = pcall(require, "kong.plugins.interlock.handler")
  local why = found and plugin.fault(text)
  if why then return nil, why end
  return true
end

return {
  name = "interlock",
  fields = {
    { protocols = typedefs.protocols_http },
    {
      config = {
        type = "record",
        fields = {
          { table = { description = "The policy's table.", type = "string", required = true, custom_validator = is_table } },
          {
            endpoints = {
              description = "The address of each upstream.",
              type = "map",
              required = true,
              default = {},
              keys = { type = "string" },
              values = { type = "string", referenceable = true },
            },
          },
          {
            keys = {
              description = "The key of each upstream, sent as x-api-key.",
              type = "map",
              required = true,
              default = {},
              keys = { type = "string" },
              values = { type = "string", referenceable = true, encrypted = true },
            },
          },
          { shadow = { description = "Decide and log, and leave the request to others.", type = "boolean", required = true, default = false } },
        },
      },
    },
  },
}
