"""Files encrypted with SOPS: recognised, opened in place, and verified; pure.

A SOPS file is an ordinary file whose values are encrypted one by one, with a block of metadata: the
key of the values, wrapped for each recipient, and a code over all values in their order.
"""
