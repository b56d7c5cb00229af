"""The parameters: one typed model per stage, and the only reader of params.yaml.

The sections live in modules of their own, so that a stage depends on the parameters it has and on
no other stage's.
"""
