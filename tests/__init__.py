"""The tests, in tiers: unit (core only), contract (ports), api (in process), conformance (rules), acceptance (outside)."""
