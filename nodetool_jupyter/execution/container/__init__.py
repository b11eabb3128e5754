"""Everything about containers: the engine, the policy, what goes in, what comes out and may be believed."""
