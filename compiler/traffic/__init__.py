"""Traffic: what gateways have logged, as requests of a policy, and what it says of the policy's declarations."""
