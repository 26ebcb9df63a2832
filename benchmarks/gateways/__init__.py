"""What a policy costs at a gateway: the same gateway with and without it, under the same load.

`python -m benchmarks.gateways litellm`; not part of `make bench`, as it takes the machine for minutes. `load` and
`upstream` know no gateway; a gateway's module gives two ports, one with the policy and one without, and the request.
"""
