"""What gateways with Lua share: a request's attributes, an error's class, what a client is told, breakers."""
