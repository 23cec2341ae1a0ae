"""Many documents: where they come from, and a store of what was paid for that outlives the run."""
