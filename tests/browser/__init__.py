"""The page in a real browser, against a real server: what a person sees and does there."""
