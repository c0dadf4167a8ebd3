"""The tests in tiers: unit (core), contract (ports), api (in process), conformance (rules), acceptance (outside)."""
