"""The domain: fold, rules, words."""
