"""Who answers: a language model, or the built-in rules."""
